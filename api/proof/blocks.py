"""Proves events of one block: from their own bytes up to a signed checkpoint. Blocking; strings are bytes.

The document of a proof is plain JSON, described in ``docs/proof.md`` and read by ``verify.py``. Of a block, the wanted
events of one campus are shown; the campus's other events, and other campuses, stay hashes.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from clickhouse_driver import Client

from api.proof.campus_part import CampusPart, narrow_part, whole_parts
from api.proof.errors import ArchiveAlteredError
from api.proof.stored_events import ArchivedEvent, Position
from schemas.checkpoints import Checkpoint, Signed
from streams.archive.block_tree import SettledRange
from streams.archive.heads import block_index_of, read_nodes, settled_at
from streams.archive.merkle import tree_hash
from streams.archive.tree_proofs import hidden_spans, inclusion_spans, span_root

ProofDocument = dict[str, Any]


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
    parts = _parts(client, block, wanted)
    return [_prove_campus(block, parts[campus_id], wanted[campus_id], common) for campus_id in wanted]


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


def _parts(
    client: Client, block: SettledRange, wanted: Mapping[str, AbstractSet[Position]]
) -> Mapping[str, CampusPart]:
    """What is to be read of the block: little of it for the events of one campus, else all at once."""
    if len(wanted) == 1:
        ((campus_id, positions),) = wanted.items()
        part = narrow_part(client, block, campus_id, positions)
        if part is not None:
            return {campus_id: part}
    return whole_parts(client, block, wanted.keys())


def _prove_campus(
    block: SettledRange, part: CampusPart, wanted: AbstractSet[Position], common: ProofDocument
) -> Proven:
    leaves, root = part.leaves_at(wanted), part.root
    if len(leaves) != len(wanted):  # a row of `events` speaks of a place where the log has no such event
        raise ArchiveAlteredError(block.partition, block.first_offset, block.last_offset)
    entry_index, entries = block.roots.index(root), block.entries()
    proof = common | {
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
