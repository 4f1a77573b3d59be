"""Proves events of one block: from their own bytes up to a signed checkpoint. Blocking; strings are bytes.

The document of a proof is plain JSON, described in ``docs/proof.md`` and read by ``verify.py``. Of a block, the wanted
events of one campus are shown; the campus's other events, and other campuses, stay hashes.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import structlog
from clickhouse_driver import Client

from api.proof.campus_part import CampusPart, narrow_part, stretch_for, whole_parts
from api.proof.errors import ArchiveAlteredError
from api.proof.stored_events import ArchivedEvent, Position, Records, read_around
from schemas.checkpoints import Checkpoint, Signed
from streams.archive.block_tree import LocatedBlock, SettledRange
from streams.archive.heads import block_index_of, node_lookup, read_nodes, rows_wanted, settled_at
from streams.archive.leaf_index import read_leaf_index
from streams.archive.merkle import tree_hash
from streams.archive.sealing import LeafIndex
from streams.archive.tree_proofs import NodeOf, Span, hidden_spans, inclusion_spans, span_root

log = structlog.get_logger(__name__)
ProofDocument = dict[str, Any]


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


def prove(
    client: Client,
    located: LocatedBlock,
    wanted: Mapping[str, AbstractSet[Position]],
    checkpoint: Checkpoint,
    checkpoint_number: int = 0,
) -> list[Proven]:
    """Prove the wanted events of each campus of a block under a checkpoint that covers it.

    Raises:
        NoLongerKeptError, ArchiveAlteredError: see :func:`api.proof.campus_part.whole_parts`.
    """
    block = located.block
    spans = inclusion_spans(located.block_index, checkpoint.size)
    if len(wanted) == 1:
        ((campus_id, positions),) = wanted.items()
        index = read_leaf_index(client, block.partition, block.first_offset, campus_id)
        return [prove_campus(client, located, positions, ToProve(campus_id, index, spans), checkpoint_number)]
    path = _path(block, spans, read_nodes(client, block.partition, spans))
    parts = whole_parts(client, block, wanted.keys())
    return [_proven(located, parts[one], wanted[one], path, checkpoint_number) for one in wanted]


@dataclass(frozen=True)
class ToProve:
    """What is known before a campus's events are read.

    Attributes:
        index: the index over its leaves, not yet checked; None if there is none.
        spans: the ranges of the tree whose roots lead from the block to the checkpoint; none if there is a ``path``.
        path: these roots (hex), if they are known.
    """

    campus_id: str
    index: LeafIndex | None
    spans: Sequence[Span] = ()
    path: tuple[str, ...] | None = None


def prove_campus(
    client: Client, located: LocatedBlock, wanted: AbstractSet[Position], known: ToProve, checkpoint_number: int = 0
) -> Proven:
    """Prove events of one campus of a block, from as little of it as can be, or else from all of it.

    Raises:
        NoLongerKeptError, ArchiveAlteredError: see :func:`api.proof.campus_part.whole_parts`.
    """
    block, index = located.block, known.index
    stretch = stretch_for(block, known.campus_id, wanted, index)
    records = stretch and Records(block.partition, stretch.first_offset, stretch.last_offset)
    around = read_around(client, block.partition, rows_wanted(known.spans), records, known.campus_id)
    path = known.path if known.path is not None else _path(block, known.spans, node_lookup(around.nodes))
    part = narrow_part(block, index, stretch, around.events) if index and stretch else None
    if part is None or len(part.leaves_at(wanted)) != len(wanted):
        if index is not None:  # a block has an index that is right, or none
            log.warning("leaf_index_altered", partition=block.partition, offset=block.first_offset)
        part = whole_parts(client, block, [known.campus_id])[known.campus_id]
    return _proven(located, part, wanted, path, checkpoint_number)


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


def _path(block: SettledRange, spans: Sequence[Span], node_of: NodeOf) -> tuple[str, ...]:
    try:
        return tuple(span_root(span, node_of).hex() for span in spans)
    except KeyError as error:  # a row of the tree is gone
        raise ArchiveAlteredError(block.partition, block.first_offset, block.last_offset) from error


def _proven(
    located: LocatedBlock, part: CampusPart, wanted: AbstractSet[Position], path: Sequence[str], checkpoint_number: int
) -> Proven:
    block, entries = located.block, located.entries
    leaves, root = part.leaves_at(wanted), part.root
    if len(leaves) != len(wanted):  # a row of `events` speaks of a place where the log has no such event
        raise ArchiveAlteredError(block.partition, block.first_offset, block.last_offset)
    entry_index = block.roots.index(root)
    proof = {
        "partition": block.partition,
        "first_offset": block.first_offset,
        "last_offset": block.last_offset,
        "state": block.state,
        "records": block.records,
        "campuses": len(block.roots),
        "entries_root": tree_hash(entries).hex(),
        "block_index": located.block_index,
        "block_path": list(path),
        "checkpoint": checkpoint_number,
        "entry": {
            "campus": root.campus_id,
            "sequence": root.sequence,
            "leaves": root.leaves,
            "previous_root": root.previous_root.hex(),
            "root": root.root.hex(),
        },
        "entry_index": entry_index,
        "entry_path": [
            tree_hash(entries[start:end]).hex() for start, end in inclusion_spans(entry_index, len(entries))
        ],
        "shown": list(leaves),
        "hidden": [part.span_root(span).hex() for span in hidden_spans(root.leaves, set(leaves))],
    }
    return Proven(root.campus_id, tuple(part.event(leaf) for leaf in leaves), leaves, proof)
