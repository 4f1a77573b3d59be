"""Proves events of one block: from their own bytes up to a signed checkpoint. Blocking; strings are bytes.

The document of a proof is plain JSON, described in ``docs/proof.md`` and read by ``verify.py``. Of a block, the wanted
events of one campus are shown; the campus's other events, and other campuses, stay hashes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from clickhouse_driver import Client

from api.proof.errors import ArchiveAlteredError, NoLongerKeptError
from schemas.checkpoints import Checkpoint, Signed
from schemas.frame import is_frame, split_frame
from streams.archive.block import LogRecord
from streams.archive.block_tree import SettledRange
from streams.archive.heads import block_index_of, read_nodes, settled_at
from streams.archive.merkle import chain_hash, leaf_hash, tree_hash
from streams.archive.store_client import rows
from streams.archive.tree_proofs import hidden_roots, inclusion_spans, span_root

ProofDocument = dict[str, Any]
_RECORDS: Final = (
    "SELECT offset, toUnixTimestamp64Milli(recorded_at), value FROM frames FINAL "
    "WHERE partition = %(partition)s AND offset BETWEEN %(first)s AND %(last)s"
)


class _CampusOf(msgspec.Struct, frozen=True, gc=False):
    campusid: str = ""


_CAMPUSES: Final = msgspec.json.Decoder(list[_CampusOf])


class Position(NamedTuple):
    """Where an event stands: in which frame of which partition, and where in the frame."""

    partition: int
    offset: int
    frame_index: int


class ArchivedEvent(NamedTuple):
    """An event's own bytes and where they stand."""

    position: Position
    raw: bytes


@dataclass(frozen=True)
class LocatedBlock:
    """A block and its place in the tree."""

    block_index: int
    block: SettledRange


@dataclass(frozen=True)
class Proven:
    """Events of one campus and block, in order, with the leaf that each is, and their common proof."""

    campus_id: str
    events: tuple[ArchivedEvent, ...]
    leaves: tuple[int, ...]
    proof: ProofDocument


def locate(client: Client, partition: int, offset: int) -> LocatedBlock | None:
    """The block that holds an offset, if the tree has come to it."""
    found = block_index_of(client, partition, offset)
    if found is None:
        return None
    block_index, first_offset = found
    block = settled_at(client, partition, [first_offset]).get(first_offset)
    return LocatedBlock(block_index, block) if block else None


def events_of(client: Client, block: SettledRange, campuses: Collection[str]) -> dict[str, list[ArchivedEvent]]:
    """Every event of some campuses in a block, as the leaves of each are ordered.

    Frames that do not name one of the campuses are passed over by the store. A name may be spelled with escapes, so if
    a campus does not come out as its entry says, all frames are looked at.

    Raises:
        NoLongerKeptError: records of the block are not there any more.
        ArchiveAlteredError: the bytes do not lead to the entries' roots.
    """
    for is_narrow in (True, False):
        found = _split(block.partition, _records(client, block, campuses if is_narrow else ()), campuses)
        if all(_agrees(block, campus_id, found[campus_id]) for campus_id in campuses):
            return found
    held = rows(client, f"SELECT count() FROM ({_RECORDS})", _span(block))[0][0]  # noqa: S608 — a constant
    if held < block.records:
        raise NoLongerKeptError
    raise ArchiveAlteredError(block.partition, block.first_offset, block.last_offset)


def prove(
    client: Client,
    located: LocatedBlock,
    wanted: Mapping[str, AbstractSet[Position]],
    checkpoint: Checkpoint,
    checkpoint_number: int = 0,
) -> list[Proven]:
    """Prove the wanted events of each campus of a block under a checkpoint that covers it.

    Raises:
        NoLongerKeptError, ArchiveAlteredError: see :func:`events_of`.
    """
    block = located.block
    spans = inclusion_spans(located.block_index, checkpoint.size)
    node_of = read_nodes(client, block.partition, spans)
    common = {
        "partition": block.partition,
        "first_offset": block.first_offset,
        "last_offset": block.last_offset,
        "state": block.state,
        "records": block.records,
        "campuses": len(block.roots),
        "entries_root": block.entries_root().hex(),
        "block_index": located.block_index,
        "block_path": [span_root(span, node_of).hex() for span in spans],
        "checkpoint": checkpoint_number,
    }
    found = events_of(client, block, list(wanted))
    return [_prove_campus(block, campus_id, found[campus_id], wanted[campus_id], common) for campus_id in wanted]


def place_of(proven: Proven, number: int) -> ProofDocument:
    """Where one of the proven events stands."""
    position = proven.events[number].position
    return {
        "partition": position.partition,
        "offset": position.offset,
        "index": position.frame_index,
        "campus": proven.campus_id,
        "leaf": proven.leaves[number],
    }


def plain(signed: Signed) -> dict[str, str]:
    """A signed statement as JSON has it."""
    return {"body": signed.body, "key_id": signed.key_id, "signature": signed.signature}


def _prove_campus(
    block: SettledRange,
    campus_id: str,
    events: list[ArchivedEvent],
    wanted: AbstractSet[Position],
    common: ProofDocument,
) -> Proven:
    leaves = tuple(number for number, event in enumerate(events) if event.position in wanted)
    entry_index = next(number for number, root in enumerate(block.roots) if root.campus_id == campus_id)
    root, entries = block.roots[entry_index], block.entries()
    path = [span_root(span, lambda at: tree_hash(entries[at.place << at.level : at.completed_by + 1]))
            for span in inclusion_spans(entry_index, len(entries))]  # fmt: skip
    proof = common | {
        "entry": {
            "campus": campus_id,
            "sequence": root.sequence,
            "leaves": root.leaves,
            "previous_root": root.previous_root.hex(),
            "root": root.root.hex(),
        },
        "entry_index": entry_index,
        "entry_path": [node.hex() for node in path],
        "shown": list(leaves),
        "hidden": [node.hex() for node in hidden_roots([leaf_hash(event.raw) for event in events], set(leaves))],
    }
    return Proven(campus_id, tuple(events[leaf] for leaf in leaves), leaves, proof)


def _agrees(block: SettledRange, campus_id: str, events: list[ArchivedEvent]) -> bool:
    root = next((root for root in block.roots if root.campus_id == campus_id), None)
    if root is None:
        return not events
    tree = tree_hash([leaf_hash(event.raw) for event in events])
    return len(events) == root.leaves and chain_hash(root.previous_root, tree) == root.root


def _records(client: Client, block: SettledRange, campuses: Collection[str]) -> list[LogRecord]:
    named = " AND multiSearchAny(value, %(campuses)s)" if campuses else ""
    found = rows(client, f"{_RECORDS}{named} ORDER BY offset", {**_span(block), "campuses": list(campuses)})
    return [LogRecord(*row) for row in found]


def _span(block: SettledRange) -> dict[str, Any]:
    return {"partition": block.partition, "first": block.first_offset, "last": block.last_offset}


def _split(
    partition: int, records: Iterable[LogRecord], campuses: Collection[str]
) -> defaultdict[str, list[ArchivedEvent]]:
    """The events of some campuses, by campus; what cannot be split has none, as at sealing."""
    found: defaultdict[str, list[ArchivedEvent]] = defaultdict(list)
    wanted = frozenset(campuses)
    for record in records:
        if not is_frame(record.value):
            continue
        try:
            named = _CAMPUSES.decode(record.value)
            slices = split_frame(record.value) if any(one.campusid in wanted for one in named) else []
        except msgspec.MsgspecError:
            continue
        for index, (one, raw) in enumerate(zip(named, slices, strict=False)):
            if one.campusid in wanted:
                found[one.campusid].append(ArchivedEvent(Position(partition, record.offset, index), bytes(raw)))
    return found
