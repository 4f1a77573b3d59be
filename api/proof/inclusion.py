"""The proof of one event, and the newest signed heads. Blocking; strings are bytes."""

from typing import Final, NamedTuple

import msgspec
from clickhouse_driver import Client

from api.proof.blocks import ProofDocument, ToProve, place_of, plain, prove_campus
from api.proof.errors import ArchiveAlteredError, NotSignedYetError
from api.proof.kept import KeptBlocks, SignedBlock
from api.proof.stored_events import Position
from schemas.checkpoints import Signed, checkpoint_of
from schemas.frame import LoggedEvent, is_frame, split_frame
from streams.archive.block_tree import LocatedBlock
from streams.archive.heads import newest_checkpoints
from streams.archive.leaf_index import read_leaf_index
from streams.archive.placing import placed_at
from streams.archive.signing import Keychain
from streams.archive.store_client import rows
from streams.archive.tree_proofs import inclusion_spans


class FoundEvent(NamedTuple):
    """An event of the archive: where it stands, and what authority asks about."""

    position: Position
    campus_id: str
    type: str
    occurred_ms: int


_EVENT: Final = msgspec.json.Decoder(LoggedEvent, strict=False)


def find_by_position(client: Client, position: Position) -> FoundEvent | None:
    """The event at a position of the log, read from its frame."""
    found = rows(
        client,
        "SELECT value FROM frames WHERE partition = %(partition)s AND offset = %(offset)s LIMIT 1",
        position._asdict(),
    )
    try:
        slices = split_frame(found[0][0]) if found and is_frame(found[0][0]) else []
        if not 0 <= position.frame_index < len(slices):
            return None
        event = _EVENT.decode(slices[position.frame_index])
    except msgspec.MsgspecError:
        return None
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


def prove_event(client: Client, found: FoundEvent, keychain: Keychain, kept: KeptBlocks) -> ProofDocument:
    """The document that proves an event under the first checkpoint signed after it.

    Two queries, and more only if the block has to be read as a whole.

    Args:
        client: gives bytes.
        found: the event.
        keychain: goes into the document.
        kept: blocks of the same archive.

    Raises:
        NotSignedYetError: there is none yet.
        NoLongerKeptError, ArchiveAlteredError: see :mod:`api.proof.blocks`.
    """
    partition, offset, _ = found.position
    known = kept.find(partition, offset)
    if known is not None:
        located, signed, path = known
        index = read_leaf_index(client, partition, located.block.first_offset, found.campus_id)
        to_prove = ToProve(found.campus_id, index, path=path)
    else:
        located, signed, to_prove = _placed(client, found)
    proven = prove_campus(client, located, {found.position}, to_prove)
    if known is None:
        kept.keep(SignedBlock(located, signed, tuple(proven.proof["block_path"])))
    return {
        "format": "campanile/proof/v1",
        "event": proven.events[0].raw.decode(),
        "place": place_of(proven, 0),
        "proof": proven.proof,
        "checkpoint": plain(signed),
        "keys": [plain(key) for key in keychain.chain],
    }


def _placed(client: Client, found: FoundEvent) -> tuple[LocatedBlock, Signed, ToProve]:
    """What the store says of an event's place.

    Raises:
        NotSignedYetError: no checkpoint covers it yet.
        ArchiveAlteredError: the checkpoint's row says that it does, and its text does not.
    """
    placed = placed_at(client, found.position.partition, found.position.offset, found.campus_id)
    if placed is None or placed.checkpoint is None:
        raise NotSignedYetError
    block, size = placed.located.block, checkpoint_of(placed.checkpoint.body).size
    if size <= placed.located.block_index:
        raise ArchiveAlteredError(block.partition, block.first_offset, block.last_offset)
    spans = inclusion_spans(placed.located.block_index, size)
    return placed.located, placed.checkpoint, ToProve(found.campus_id, placed.leaf_index, spans)


def newest_heads(client: Client, keychain: Keychain) -> ProofDocument:
    """The newest checkpoint of every partition, and the keys."""
    return {
        "checkpoints": [plain(one) for one in newest_checkpoints(client)],
        "keys": [plain(key) for key in keychain.chain],
    }
