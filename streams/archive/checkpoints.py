"""Keeps the tree over a partition's settled ranges and signs it. Blocking: one client, one thread.

The tree is derived: whatever the archive settles is read back from the store and added, so a crash at any point is made
good by reading on, and nothing is signed that the store does not hold. The order is: tree rows, signature, the
checkpoint's own row, and only then is it given away to be published. All partitions that have something new are read in
one query and written in two, so that a signature does not wait for a dozen others.
"""

import contextlib
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from schemas.checkpoints import Checkpoint, Signed, checkpoint_of
from schemas.clock import Clock
from streams.archive.block_tree import BlockTree, Grown, SettledRange, frontier_addresses, head_leaves
from streams.archive.extension import BadPosition, check_extension, tampered
from streams.archive.heads import PAGE, heads_before, read_nodes, settled_after, tree_size
from streams.archive.merkle import tree_hash
from streams.archive.sealing import Head
from streams.archive.settings import StoreSettings
from streams.archive.signing import Keychain, KeyFaultError, SigningKeys
from streams.archive.store_client import connect, translated


@dataclass
class _Watched:
    """A partition whose tree this process keeps."""

    tree: BlockTree
    next_offset: int
    heads: dict[str, Head]
    signed_size: int
    unkept: list[Grown] = field(default_factory=list)
    """Grown, and not yet known to be in the store."""


class Notary:
    """Signs what the archive has settled.

    Args:
        store: the store, with its tables; its database names the archive.
        keys: the signing keys.
        clock: the wall's: a checkpoint is a statement in the real world.
    """

    def __init__(self, store: StoreSettings, keys: SigningKeys, clock: Clock) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._client = connect(store, as_bytes=True, timeout_s=10.0)
        self._watched: dict[int, _Watched] = {}

    @property
    def archive(self) -> str:
        """The name of the archive."""
        return self._store.database

    def keychain(self) -> Keychain:
        """The public keys, published along with what they sign."""
        return self._keys.keychain()

    def take_up(self, partition: int, published: Signed | None) -> None:
        """Begin to keep a partition, whose ranges nobody else writes now.

        Args:
            partition: the partition.
            published: its last checkpoint, read from outside of the store.

        Raises:
            TamperedError: the store does not extend that checkpoint.
            KeyFaultError: none of our keys signed it.
            StoreAwayError: try again later.
        """
        with translated(self._store):
            if published is not None:
                self._check(published)
            size, next_offset = tree_size(self._client, partition)
            node_of = read_nodes(self._client, partition, [(0, size)])
            tree = BlockTree(size, map(node_of, frontier_addresses(size)))
            heads = heads_before(self._client, partition, next_offset)
            signed_size = checkpoint_of(published.body).size if published else 0
            self._watched[partition] = _Watched(tree, next_offset, heads, signed_size)

    def drop(self, partition: int) -> None:
        """Keep a partition no more."""
        self._watched.pop(partition, None)

    def sign(self, partitions: Collection[int]) -> list[Signed]:
        """Add what was settled since, and sign it.

        Args:
            partitions: those that may have something new; one that is not ours is passed over.

        Returns:
            A checkpoint for every partition that had something new.

        Raises:
            TamperedError: a range is missing between two settled ones.
            StoreAwayError: try again later.
        """
        own = {number: self._watched[number] for number in sorted(partitions) if number in self._watched}
        with translated(self._store):
            self._grow(own)
            points = [
                self._checkpoint(number, watched)
                for number, watched in own.items()
                if watched.tree.size != watched.signed_size
            ]
            signed = [self._keys.sign(point.body()) for point in points]
            self._keep_checkpoints(points, signed)
        for point in points:
            own[point.partition].signed_size = point.size
        return signed

    def give_up(self) -> None:
        """Have a running call end soon, even if the store hangs. Callable from any thread."""
        waiting = self._client.connection.socket
        if waiting is not None:
            with contextlib.suppress(OSError):  # it is closed already
                waiting.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()

    def _check(self, published: Signed) -> None:
        keychain = self._keys.keychain()
        if not keychain.has_signed(published):
            raise KeyFaultError(
                "最近发布的检查点不是由现有密钥签名的 / none of the keys here signed the last published checkpoint",
                cause=f"它的密钥 / its key: {published.key_id}",
                remedy="恢复 secrets/signing / restore secrets/signing from a backup (docs/proof.md)",
            )
        check_extension(self._client, checkpoint_of(published.body), keychain)

    def _grow(self, own: Mapping[int, _Watched]) -> None:
        """Add every range that was settled since, and keep the trees' rows."""
        unread = {partition: watched.next_offset for partition, watched in own.items()}
        while unread:
            page = settled_after(self._client, unread)
            for partition, blocks in page.items():
                for block in blocks:
                    self._add(own[partition], block)
            self._keep_blocks(own.values())
            unread = {number: own[number].next_offset for number, blocks in page.items() if len(blocks) == PAGE}

    def _add(self, watched: _Watched, block: SettledRange) -> None:
        if block.first_offset != watched.next_offset:
            bad = BadPosition(watched.next_offset, block.first_offset - 1, "missing")
            raise tampered(self._checkpoint(block.partition, watched), bad)
        watched.unkept.append(watched.tree.grow(block))
        watched.next_offset = block.last_offset + 1
        watched.heads.update({root.campus_id: Head(root.sequence, root.root) for root in block.roots})

    def _checkpoint(self, partition: int, own: _Watched) -> Checkpoint:
        return Checkpoint(
            archive=self.archive,
            partition=partition,
            size=own.tree.size,
            next_offset=own.next_offset,
            root=own.tree.root(),
            heads_root=tree_hash(head_leaves(own.heads)),
            campuses=len(own.heads),
            made_ms=self._clock.now_ms(),
        )

    def _keep_blocks(self, own: Collection[_Watched]) -> None:
        """Repeated after a failure: the same rows, which the store then has once."""
        values = [
            (one.block.partition, one.block_index, one.block.first_offset, one.block.last_offset, list(one.nodes))
            for watched in own
            for one in watched.unkept
        ]
        if values:
            self._client.execute(
                "INSERT INTO archive_blocks (partition, block_index, first_offset, last_offset, nodes) VALUES", values
            )
        for watched in own:
            watched.unkept.clear()

    def _keep_checkpoints(self, points: Collection[Checkpoint], signed: Collection[Signed]) -> None:
        values = [
            (point.partition, point.size, point.next_offset, point.made_ms, *map(str.encode, _texts(one)))
            for point, one in zip(points, signed, strict=True)
        ]
        if values:
            columns = "partition, size, next_offset, made_at, body, key_id, signature"
            self._client.execute(f"INSERT INTO archive_checkpoints ({columns}) VALUES", values)


def _texts(signed: Signed) -> tuple[str, str, str]:
    return signed.body, signed.key_id, signed.signature
