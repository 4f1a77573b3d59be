"""What a replay is made of, and the sealed id that carries it.

The id *is* the replay: the recipe, encrypted and authenticated (AES-256-GCM) with a key of the deployment. Nothing
about it has to be stored, so it outlives a restart and is the same on every process; nobody can read from it whom it is
about, nor make one. It grants nothing: whoever brings it must be the one who made it, and authority is asked anew.
"""

import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import blake2b
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.replay.cursor import TAG_BYTES
from schemas.clock import DAY_MS

ReplayClock = Literal["occurred", "received"]
AS_FAST_AS_POSSIBLE: Final = 0
KEPT_MS: Final = 7 * DAY_MS
"""How long an id may be used."""
MAX_ID: Final = 6_000
_MAX_PLAIN: Final = 64 << 10
_NONCE_BYTES: Final = 12


class AskedRole(msgspec.Struct, frozen=True):
    """Whose sight is asked about: a role over scopes, or a person in all their appointments."""

    role: str = ""
    scopes: tuple[str, ...] = ()
    person_id: str = ""


class Recipe(msgspec.Struct, frozen=True):
    """Everything that decides what a replay shows; speed and pause only decide when."""

    owner: str
    scopes: tuple[str, ...]
    """``campus:<id>``, ``consortium:<id>`` or ``area:<id>``."""
    systems: tuple[str, ...]
    from_ms: int
    to_ms: int
    clock: ReplayClock
    purpose: str
    horizon: tuple[int, ...]
    """By partition: the offset up to which the archive reached when the replay was made. What is archived later is not
    shown, so a second run shows the same."""
    made_ms: int
    speed: int = AS_FAST_AS_POSSIBLE
    """At first: replay milliseconds in a millisecond."""
    paused: bool = False
    asked: AskedRole | None = None
    states_every_ms: int = 0
    """How far apart the instants are at which states are shown along with the events; 0: nowhere."""

    def tag(self) -> bytes:
        """Names what is shown, so that a cursor of another replay is not taken for one of this."""
        shown = (self.scopes, self.systems, self.from_ms, self.to_ms, self.clock, self.horizon, self.asked)
        return blake2b(msgspec.json.encode(shown), digest_size=TAG_BYTES).digest()


_RECIPE: Final = msgspec.json.Decoder(Recipe)


def seal(recipe: Recipe, key: bytes) -> str:
    """The id of a replay; ``key`` has 32 bytes."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, zlib.compress(msgspec.json.encode(recipe)), None)
    return urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()


def unseal(text: str, key: bytes, at_ms: int) -> Recipe | None:
    """The recipe of an id; None when it was not made with this key, or is too old."""
    if len(text) > MAX_ID or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        plain = AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None)
    except (Base64Error, ValueError, InvalidTag):
        return None
    recipe = _RECIPE.decode(zlib.decompressobj().decompress(plain, _MAX_PLAIN))
    return recipe if at_ms < recipe.made_ms + KEPT_MS else None
