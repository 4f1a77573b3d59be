"""The proof of a campus's head, and that an old tree and head lead to new ones. Blocking; strings are bytes."""

from typing import NamedTuple

from clickhouse_driver import Client

from api.errors import NotFoundError
from api.proof.blocks import ProofDocument, plain
from api.proof.errors import NoSuchTreeError
from schemas.checkpoints import Signed, checkpoint_of
from streams.archive.block_tree import head_leaves
from streams.archive.heads import checkpoint_of_size, heads_before, newest_checkpoints, read_nodes
from streams.archive.merkle import tree_hash
from streams.archive.signing import Keychain
from streams.archive.tree_proofs import consistency_spans, inclusion_spans, span_root


class TwoTrees(NamedTuple):
    """An old and a new tree of a partition, by their blocks; ``new`` None: the newest that is signed."""

    partition: int
    old: int
    new: int | None


def prove_consistency(client: Client, asked: TwoTrees, keychain: Keychain, campus_id: str | None) -> ProofDocument:
    """What proves that the old tree is the beginning of the new one.

    With a campus also its head in both, each with its path to a signed root; both sizes must then have been signed.

    Raises:
        NoSuchTreeError: the tree has not had these sizes, or was not signed at one of them.
        NotFoundError: the campus had no head in the old tree.
    """
    partition, old, new = asked
    newest = {checkpoint_of(one.body).partition: one for one in newest_checkpoints(client)}.get(partition)
    size = checkpoint_of(newest.body).size if newest else 0
    new = size if new is None else new
    if not 1 <= old <= new <= size:
        raise NoSuchTreeError(size)
    signed = [one for one in (checkpoint_of_size(client, partition, at) for at in (old, new)) if one is not None]
    if campus_id is not None and len(signed) < 2:
        raise NoSuchTreeError(size)
    spans = consistency_spans(old, new)
    node_of = read_nodes(client, partition, [*spans, (0, old), (0, new)])
    return {
        "format": "campanile/consistency/v1",
        "partition": partition,
        "old": {"size": old, "root": span_root((0, old), node_of).hex()},
        "new": {"size": new, "root": span_root((0, new), node_of).hex()},
        "path": [span_root(span, node_of).hex() for span in spans],
        "checkpoints": [plain(one) for one in signed],
        "heads": [] if campus_id is None else [_head_or_none_such(client, one, campus_id) for one in signed],
        "keys": [plain(key) for key in keychain.chain],
    }


def prove_newest_heads(client: Client, campus_id: str) -> list[ProofDocument]:
    """A campus's newest signed head in every partition that has one, each with its path to the signed heads' root."""
    found = (prove_head(client, signed, campus_id) for signed in newest_checkpoints(client))
    return [head for head in found if head is not None]


def prove_head(client: Client, signed: Signed, campus_id: str) -> ProofDocument | None:
    """A campus's head as it was at a checkpoint, with its path to the signed heads' root; None if it had none."""
    checkpoint = checkpoint_of(signed.body)
    heads = heads_before(client, checkpoint.partition, checkpoint.next_offset)
    if campus_id not in heads:
        return None
    leaves, index = head_leaves(heads), sorted(heads).index(campus_id)
    head = heads[campus_id]
    return {
        "campus": campus_id,
        "sequence": head.sequence,
        "root": head.root.hex(),
        "index": index,
        "path": [tree_hash(leaves[start:end]).hex() for start, end in inclusion_spans(index, len(leaves))],
        "checkpoint": plain(signed),
    }


def _head_or_none_such(client: Client, signed: Signed, campus_id: str) -> ProofDocument:
    head = prove_head(client, signed, campus_id)
    if head is None:
        raise NotFoundError
    return head
