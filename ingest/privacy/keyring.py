"""What a process needs to protect pupils: the store of their keys, and the cover for refused input."""

from dataclasses import dataclass
from pathlib import Path

from ingest.privacy.erasure_book import ErasureBook
from ingest.privacy.key_store import KeyStore
from ingest.privacy.letters import LetterCover
from ingest.privacy.master_key import master_key
from ingest.privacy.sqlite_keys import SqliteKeys


@dataclass(frozen=True)
class Keyring:
    """Made once by the composition root."""

    keys: KeyStore
    letters: LetterCover
    erasures: ErasureBook

    def close(self) -> None:
        """Let go of the files."""
        self.erasures.close()
        self.keys.close()


def open_keyring(store: Path, master: Path) -> Keyring:
    """The keyring of this machine; both files are made at first use.

    Raises:
        KeysAwayError: the store can be neither made nor opened.
        KeysFaultError: the master key is none.
    """
    key = master_key(master)
    keys, letters = SqliteKeys(store, key), LetterCover(key)
    return Keyring(keys, letters, ErasureBook(store, letters))
