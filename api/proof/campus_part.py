"""What a proof reads of a campus's leaves in a block: the groups around the wanted ones, or all of them. Blocking.

Nothing is taken on trust: what is read must lead to the root that stands in the block's own row.
"""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from clickhouse_driver import Client

from api.proof.errors import ArchiveAlteredError, NoLongerKeptError
from api.proof.stored_events import ArchivedEvent, Position, Records, count_records, read_events
from streams.archive.block_tree import SettledRange
from streams.archive.leaf_index import Stretch, stretch_over
from streams.archive.merkle import GROUP_LEAVES, chain_hash, group_roots, leaf_hash, tree_hash
from streams.archive.sealing import CampusRoot, LeafIndex
from streams.archive.tree_proofs import Span


@dataclass(frozen=True)
class CampusPart:
    """Neighbouring leaves of a campus, whole groups of them, and the roots of all groups of the block."""

    root: CampusRoot
    first_leaf: int
    events: tuple[ArchivedEvent, ...]
    hashes: tuple[bytes, ...]
    groups: Sequence[bytes]

    def leaves_at(self, wanted: AbstractSet[Position]) -> tuple[int, ...]:
        """The numbers of the leaves that stand at these positions."""
        return tuple(number for number, event in enumerate(self.events, self.first_leaf) if event.position in wanted)

    def event(self, leaf: int) -> ArchivedEvent:
        """The event that a leaf is the hash of."""
        return self.events[leaf - self.first_leaf]

    def span_root(self, span: Span) -> bytes:
        """The root over a range of leaves: within the part, or of whole groups."""
        start, end = span
        is_grouped = start % GROUP_LEAVES == 0 and (end % GROUP_LEAVES == 0 or end == self.root.leaves)
        if is_grouped:
            return tree_hash(self.groups[start // GROUP_LEAVES : -(-end // GROUP_LEAVES)])
        return tree_hash(self.hashes[start - self.first_leaf : end - self.first_leaf])


def stretch_for(
    block: SettledRange, campus_id: str, wanted: AbstractSet[Position], index: LeafIndex | None
) -> Stretch | None:
    """The records that hold the wanted events with their groups of leaves.

    None if they cannot be told: the block has no index, or one that does not lead to its root; then the whole block has
    to be read.
    """
    root = _root_of(block, campus_id)
    if root is None or index is None or not _leads_to(index, root):
        return None
    offsets = [position.offset for position in wanted]
    return stretch_over(index, block.first_offset, min(offsets), max(offsets))


def narrow_part(
    block: SettledRange, index: LeafIndex, stretch: Stretch, events: Sequence[ArchivedEvent]
) -> CampusPart | None:
    """The whole groups of leaves in a stretch; None if its events are not those that the index tells of."""
    root = _root_of(block, index.campus_id)
    if root is None or len(events) != stretch.leaves:
        return None
    return _whole_groups(root, index.groups, stretch.first_leaf, events)


def whole_parts(client: Client, block: SettledRange, campuses: Collection[str]) -> dict[str, CampusPart]:
    """All leaves of some campuses in a block, by campus.

    Raises:
        NoLongerKeptError: records of the block are not there any more.
        ArchiveAlteredError: the bytes do not lead to the entries' roots.
    """
    records = Records(block.partition, block.first_offset, block.last_offset)
    for is_narrow in (True, False):
        found = read_events(client, records, campuses, is_narrow=is_narrow)
        parts = {campus_id: _whole(block, campus_id, found[campus_id]) for campus_id in campuses}
        whole = {campus_id: part for campus_id, part in parts.items() if part is not None}
        if len(whole) == len(parts):
            return whole
    if count_records(client, records) < block.records:
        raise NoLongerKeptError
    raise ArchiveAlteredError(block.partition, block.first_offset, block.last_offset)


def _root_of(block: SettledRange, campus_id: str) -> CampusRoot | None:
    return next((root for root in block.roots if root.campus_id == campus_id), None)


def _leads_to(index: LeafIndex, root: CampusRoot) -> bool:
    is_counted = index.counts[-1:] == (root.leaves,) and len(index.ends) == len(index.counts)
    return is_counted and chain_hash(root.previous_root, tree_hash(index.groups)) == root.root


def _whole_groups(
    root: CampusRoot, groups: Sequence[bytes], first_leaf: int, events: Sequence[ArchivedEvent]
) -> CampusPart | None:
    """The whole groups among some neighbouring leaves; None if they are not what the block's groups say."""
    start = -(-first_leaf // GROUP_LEAVES) * GROUP_LEAVES
    end = first_leaf + len(events)
    end = end if end == root.leaves else end // GROUP_LEAVES * GROUP_LEAVES
    own = tuple(events[start - first_leaf : end - first_leaf])
    hashes = tuple(leaf_hash(event.raw) for event in own)
    found = group_roots(hashes)
    first_group = start // GROUP_LEAVES
    if found != list(groups[first_group : first_group + len(found)]):
        return None
    return CampusPart(root, start, own, hashes, groups)


def _whole(block: SettledRange, campus_id: str, events: Sequence[ArchivedEvent]) -> CampusPart | None:
    root = _root_of(block, campus_id)
    if root is None:
        return None
    hashes = tuple(leaf_hash(event.raw) for event in events)
    groups = group_roots(hashes)
    is_right = len(events) == root.leaves and chain_hash(root.previous_root, tree_hash(groups)) == root.root
    return CampusPart(root, 0, tuple(events), hashes, groups) if is_right else None
