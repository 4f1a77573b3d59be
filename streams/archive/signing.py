"""Signing keys (Ed25519) and the chain that leads from a pinned first key to the one in use.

A key's id is the SHA-256 of its public half: what a person reads out, prints or pins. A new key is vouched for by the
key before it, whose private half is then destroyed; so whoever knows the first key's id can check every later statement
and needs to be told nothing. The directory holds ``chain.json`` (public) and one private key, mode 600.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.checkpoints import PublicKey, Signed, public_key_of
from schemas.errors import DataFaultError

CHAIN_FILE: Final = "chain.json"
_CHAIN: Final = msgspec.json.Decoder(list[Signed])


class KeyFaultError(DataFaultError):
    """The signing keys do not fit together, or a signature was made by none of them."""

    code = "CAMP-560"


def key_id_of(public_key: bytes) -> str:
    """The id of a public key."""
    return sha256(public_key).hexdigest()


class Keychain:
    """Public keys, each vouched for by the one before.

    Args:
        chain: the keys' own statements, oldest first.
        pinned: the id of the first key, where it is known from elsewhere.

    Raises:
        KeyFaultError: a key is not vouched for, or the first is not the pinned one.
    """

    def __init__(self, chain: Sequence[Signed], pinned: str | None = None) -> None:
        self.chain = tuple(chain)
        self._keys: dict[str, bytes] = {}
        for number, statement in enumerate(self.chain):
            key = _read_key(statement, number)
            key_id = key_id_of(key.public_key)
            voucher = key_id if number == 0 else self.newest
            if number == 0 and pinned is not None and key_id != pinned:
                raise _fault(number, f"the first key is {key_id}, not {pinned}")
            self._keys[key_id] = key.public_key
            if key.signed_by != voucher or not self.has_signed(statement):
                raise _fault(number, f"it is not vouched for by {voucher}")
            self.newest = key_id

    newest: str = ""
    """The id of the last key; empty if there is none."""

    def by_id(self) -> dict[str, Signed]:
        """The keys' statements by the ids of the keys that they introduce."""
        return dict(zip(self._keys, self.chain, strict=True))

    def has_signed(self, statement: Signed) -> bool:
        """Whether one of these keys made a statement's signature."""
        public_key = self._keys.get(statement.key_id)
        if public_key is None:
            return False
        try:
            signature = bytes.fromhex(statement.signature)
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement.body.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKeys:
    """The keys of a deployment, in a directory that its processes share.

    Args:
        directory: made, with a first key, when it is used first.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._loaded: tuple[int, Keychain, Ed25519PrivateKey] | None = None

    def keychain(self) -> Keychain:
        """The public keys as they are now."""
        return self._load()[0]

    def sign(self, body: str) -> Signed:
        """Sign a statement with the newest key."""
        keychain, private = self._load()
        return Signed(body, keychain.newest, private.sign(body.encode()).hex())

    def rotate(self, now_ms: int) -> str:
        """Make a new key, vouched for by the one in use, and destroy that one. Returns the new key's id."""
        with self._locked():
            keychain, old = self._load_or_make(now_ms)
            private, public_key = _new_key()
            body = PublicKey(public_key, now_ms, keychain.newest).body()
            statement = Signed(body, keychain.newest, old.sign(body.encode()).hex())
            self._write(private, public_key, [*keychain.chain, statement])
            self._private_file(keychain.newest).unlink()
            return key_id_of(public_key)

    def make_first(self, now_ms: int) -> Keychain:
        """The public keys; a first key is made if there is none yet."""
        with self._locked():
            return self._load_or_make(now_ms)[0]

    def _load(self) -> tuple[Keychain, Ed25519PrivateKey]:
        """The keys, read again only after a change."""
        try:
            changed_ns = (self._directory / CHAIN_FILE).stat().st_mtime_ns
        except FileNotFoundError as error:
            raise KeyFaultError(
                f"没有签名密钥 / there are no signing keys in {self._directory}",
                cause="归档进程首次启动时生成 / they are made when the archive first starts",
                remedy="campanile up, or campanile keys list",
            ) from error
        if self._loaded is None or self._loaded[0] != changed_ns:
            with self._locked():
                self._loaded = (changed_ns, *self._read())
        return self._loaded[1:]

    def _load_or_make(self, now_ms: int) -> tuple[Keychain, Ed25519PrivateKey]:
        if not (self._directory / CHAIN_FILE).exists():
            private, public_key = _new_key()
            body = PublicKey(public_key, now_ms, key_id_of(public_key)).body()
            first = Signed(body, key_id_of(public_key), private.sign(body.encode()).hex())
            self._write(private, public_key, [first])
        return self._read()

    def _read(self) -> tuple[Keychain, Ed25519PrivateKey]:
        keychain = Keychain(_CHAIN.decode((self._directory / CHAIN_FILE).read_bytes()))
        private = serialization.load_pem_private_key(self._private_file(keychain.newest).read_bytes(), None)
        if not isinstance(private, Ed25519PrivateKey) or key_id_of(_public_bytes(private)) != keychain.newest:
            raise _fault(len(keychain.chain) - 1, "its private half is another key's")
        return keychain, private

    def _write(self, private: Ed25519PrivateKey, public_key: bytes, chain: Iterable[Signed]) -> None:
        """The private half first: a chain whose newest key cannot sign must never be seen."""
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _put(self._private_file(key_id_of(public_key)), pem)
        _put(self._directory / CHAIN_FILE, msgspec.json.format(msgspec.json.encode(list(chain)), indent=1))

    def _private_file(self, key_id: str) -> Path:
        return self._directory / f"{key_id}.pem"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _put(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _new_key() -> tuple[Ed25519PrivateKey, bytes]:
    private = Ed25519PrivateKey.generate()
    return private, _public_bytes(private)


def _public_bytes(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _read_key(statement: Signed, number: int) -> PublicKey:
    try:
        return public_key_of(statement.body)
    except ValueError as error:
        raise _fault(number, "it is no statement of a key") from error


def _fault(number: int, reason: str) -> KeyFaultError:
    return KeyFaultError(
        f"签名密钥链第 {number + 1} 把有误 / key {number + 1} of the chain is not acceptable",
        cause=reason,
        remedy="docs/proof.md",
    )
