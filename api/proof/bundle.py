"""An evidence bundle: one zip with events, their proofs, and all that a stranger needs to verify them offline.

Blocking. One pass over the blocks: events are sent as they are read; positions and proofs, which are parts of their
own, are spooled meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

import msgspec
from clickhouse_driver import Client

from api.history.question import Question
from api.proof.blocks import Proven, place_of, plain, prove
from api.proof.selection import Selection, select
from api.proof.texts import README
from api.proof.zipped import ZipStream
from schemas.checkpoints import Signed, checkpoint_of
from schemas.export import file_name, schema_texts
from schemas.ids import SystemName
from streams.archive.merkle import leaf_hash
from streams.archive.signing import Keychain
from streams.core.system import System

VERIFIER: Final = Path(__file__).with_name("verify.py")
_SPOOL_BYTES: Final = 4 << 20
_CHUNK: Final = 256 << 10


@dataclass(frozen=True)
class BundleOrder:
    """What is to be bundled, for whom and why."""

    question: Question
    asked: Mapping[str, Any]
    """The request as it was made."""
    case: str
    """The case or file number that the bundle belongs to."""
    actor_id: str
    role: str
    made_ms: int
    systems: Mapping[SystemName, System[Any]]
    keychain: Keychain
    sign: Callable[[str], Signed]


@dataclass
class _Tally:
    """What was put into a bundle so far."""

    places: IO[bytes]
    proven: IO[bytes]
    events: int = 0
    proofs: int = 0
    withheld: int = 0
    position: int = 0


def bundle(client: Client, order: BundleOrder) -> Iterator[bytes]:
    """The zip, as it is made.

    Raises:
        NotSignedYetError, TooMuchToProveError: before the first byte.
        NoLongerKeptError, ArchiveAlteredError: also after some bytes; the zip then has no directory and cannot be read.
    """
    selection = select(client, order.question)
    out = ZipStream()
    for name, content in _known_parts(order, selection):
        yield from out.add(name, [content])
    with SpooledTemporaryFile(_SPOOL_BYTES) as places, SpooledTemporaryFile(_SPOOL_BYTES) as proven:
        tally = _Tally(places, proven)
        yield from out.add("events.ndjson", _events(client, selection, tally))
        yield from out.add("positions.ndjson", _spooled(places))
        yield from out.add("proofs.ndjson", _spooled(proven))
    manifest = _manifest(order, tally, out)
    yield from out.add("manifest.json", [manifest.encode()])
    signed = order.sign(manifest)
    yield from out.add("manifest.sig.json", [_json({"key_id": signed.key_id, "signature": signed.signature})])
    yield out.end()


def _known_parts(order: BundleOrder, selection: Selection) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", README.encode()
    yield "verify.py", VERIFIER.read_bytes()
    yield "keys.json", _json([plain(key) for key in order.keychain.chain])
    yield "checkpoints.json", _json([plain(signed) for signed in selection.checkpoints])
    yield "rules.json", _json(_rules(order))
    yield "access.json", _json(_access(order))
    texts = schema_texts()
    for type_name in selection.types:
        if file_name(type_name) in texts:
            yield f"schemas/{file_name(type_name)}", texts[file_name(type_name)].encode()


def _events(client: Client, selection: Selection, tally: _Tally) -> Iterator[bytes]:
    """The bytes of the events, block by block; what goes into the other parts is spooled."""
    for located, wanted in selection.blocks(client):
        number, signed = selection.checkpoint_of(located.block.partition)
        for proven in prove(client, located, wanted, checkpoint_of(signed.body), number):
            tally.proofs += 1
            tally.withheld += proven.proof["entry"]["leaves"] - len(proven.leaves)
            tally.proven.write(msgspec.json.encode(proven.proof) + b"\n")
            yield from _shown(proven, tally)


def _shown(proven: Proven, tally: _Tally) -> Iterator[bytes]:
    for number, event in enumerate(proven.events):
        place = place_of(proven, number) | {
            "start": tally.position,
            "length": len(event.raw),
            "leaf_hash": leaf_hash(event.raw).hex(),
        }
        tally.places.write(msgspec.json.encode(place) + b"\n")
        tally.position += len(event.raw) + 1
        tally.events += 1
    yield b"\n".join(event.raw for event in proven.events) + b"\n"


def _spooled(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk


def _rules(order: BundleOrder) -> list[dict[str, Any]]:
    return [
        {
            "system": name,
            "name": rule.name,
            "version": rule.version,
            "severity": rule.severity,
            "title_zh": rule.title_zh,
            "title_en": rule.title_en,
            "citation": rule.citation,
        }
        for name in order.question.systems
        for rule in order.systems[name].rules
    ]


def _access(order: BundleOrder) -> dict[str, Any]:
    return {
        "kind": "bundle",
        "by": order.actor_id,
        "role": order.role,
        "case": order.case,
        "purpose": order.question.purpose,
        "asked": dict(order.asked),
        "campuses": list(order.question.campuses),
        "systems": list(order.question.systems),
        "made_ms": order.made_ms,
    }


def _manifest(order: BundleOrder, tally: _Tally, out: ZipStream) -> str:
    manifest = {
        "format": "campanile/bundle/v1",
        "case": order.case,
        "purpose": order.question.purpose,
        "asked": dict(order.asked),
        "made_ms": order.made_ms,
        "events": tally.events,
        "proofs": tally.proofs,
        "leaves_withheld": tally.withheld,
        "first_key": next(iter(order.keychain.by_id())),
        "parts": [part._asdict() for part in out.parts],
    }
    return _json(manifest).decode()


def _json(value: Iterable[Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
