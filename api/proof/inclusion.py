"""The proof of one event, and the newest signed heads. Blocking; strings are bytes."""

from typing import NamedTuple

import msgspec
from clickhouse_driver import Client

from api.proof.blocks import ProofDocument, locate, place_of, plain, prove
from api.proof.errors import NotSignedYetError
from api.proof.stored_events import Position
from schemas.checkpoints import checkpoint_of
from schemas.frame import decode_frame, is_frame
from streams.archive.heads import checkpoint_over, newest_checkpoints
from streams.archive.signing import Keychain
from streams.archive.store_client import rows


class FoundEvent(NamedTuple):
    """An event of the archive: where it stands, and what authority asks about."""

    position: Position
    campus_id: str
    type: str
    occurred_ms: int


def find_by_position(client: Client, position: Position) -> FoundEvent | None:
    """The event at a position of the log, read from its frame."""
    found = rows(
        client,
        "SELECT value FROM frames WHERE partition = %(partition)s AND offset = %(offset)s LIMIT 1",
        position._asdict(),
    )
    try:
        events = decode_frame(found[0][0]) if found and is_frame(found[0][0]) else []
    except msgspec.MsgspecError:
        return None
    if not 0 <= position.frame_index < len(events):
        return None
    event = events[position.frame_index]
    return FoundEvent(position, event.campusid, event.type, event.occurredms)


def find_by_id(client: Client, source: str, event_id: str, near_ms: int | None = None) -> FoundEvent | None:
    """The event of that source and id; ``near_ms`` is about when it occurred, which makes the search short."""
    near = (
        " AND occurred_at BETWEEN fromUnixTimestamp64Milli(toInt64(%(near)s) - 3600000) "
        "AND fromUnixTimestamp64Milli(toInt64(%(near)s) + 3600000)"
    )
    found = rows(
        client,
        "SELECT partition, offset, frame_index, campus_id, type, toUnixTimestamp64Milli(occurred_at) FROM events "  # noqa: S608 — constants
        f"WHERE event_id = %(id)s AND source = %(source)s{near if near_ms is not None else ''} "
        "ORDER BY precedence DESC LIMIT 1",
        {"id": event_id, "source": source, "near": near_ms or 0},
    )
    if not found:
        return None
    partition, offset, index, campus_id, type_name, occurred_ms = found[0]
    return FoundEvent(Position(partition, offset, index), campus_id.decode(), type_name.decode(), occurred_ms)


def prove_event(client: Client, found: FoundEvent, keychain: Keychain) -> ProofDocument:
    """The document that proves an event under the first checkpoint signed after it.

    Raises:
        NotSignedYetError: there is none yet.
        NoLongerKeptError, ArchiveAlteredError: see :mod:`api.proof.blocks`.
    """
    position = found.position
    located = locate(client, position.partition, position.offset)
    signed = checkpoint_over(client, position.partition, located.block_index) if located else None
    if located is None or signed is None:
        raise NotSignedYetError
    (proven,) = prove(client, located, {found.campus_id: {position}}, checkpoint_of(signed.body))
    return {
        "format": "campanile/proof/v1",
        "event": proven.events[0].raw.decode(),
        "place": place_of(proven, 0),
        "proof": proven.proof,
        "checkpoint": plain(signed),
        "keys": [plain(key) for key in keychain.chain],
    }


def newest_heads(client: Client, keychain: Keychain) -> ProofDocument:
    """The newest checkpoint of every partition, and the keys."""
    return {
        "checkpoints": [plain(one) for one in newest_checkpoints(client)],
        "keys": [plain(key) for key in keychain.chain],
    }
