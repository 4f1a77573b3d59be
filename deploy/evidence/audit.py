"""Recomputes the whole archive: every byte, every chain, every tree, against every signature. Blocking."""

from collections.abc import Iterator

from clickhouse_driver import Client

from schemas.checkpoints import checkpoint_of
from streams.archive.block_tree import BlockTree, head_leaves
from streams.archive.extension import BadPosition, first_bad, tampered
from streams.archive.heads import all_settled, heads_before, newest_checkpoints
from streams.archive.merkle import tree_hash
from streams.archive.proving import verify_partition
from streams.archive.signing import Keychain


def audit(client: Client, keychain: Keychain) -> Iterator[str]:
    """A line for everything that does not agree; nothing if all is well. The client must give bytes."""
    for signed in newest_checkpoints(client):
        point = checkpoint_of(signed.body)
        if not keychain.has_signed(signed):
            yield f"partition {point.partition}: the newest checkpoint is not signed by a key of the chain"
            continue
        tree = BlockTree()
        for block in all_settled(client, point.partition):
            if tree.size < point.size:
                tree.grow(block)
        heads = heads_before(client, point.partition, point.next_offset)
        if tree.root() != point.root:
            yield tampered(point, first_bad(client, point, keychain)).message
        elif tree_hash(head_leaves(heads)) != point.heads_root:
            yield tampered(point, BadPosition(0, point.next_offset - 1, "derived")).message
        for wrong in verify_partition(client, point.partition):
            yield (
                f"partition {point.partition}, offsets {wrong.first_offset}–{wrong.last_offset}, "
                f"campus {wrong.campus_id or '—'}: {wrong.reason}"
            )
