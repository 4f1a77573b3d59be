"""What a block is proven by."""

from schemas.frame import encode_tick
from streams.archive.block import Block, LogRecord
from streams.archive.merkle import NO_ROOT, chain_hash, leaf_hash, tree_hash
from streams.archive.sealing import NO_CAMPUS, Head, seal

A1 = b'{"id":"1","campusid":"a","data":{"t":1.50}}'
A2 = b'{"id":"2", "campusid":"a"}'
B1 = b'{"campusid":"b","id":"3"}'


def block(*values: bytes) -> Block:
    records = tuple(LogRecord(offset, 0, value) for offset, value in enumerate(values))
    return Block("campus.events", 0, 0, len(values) - 1, records)


def test_each_campus_has_a_root_over_its_own_events_in_order_and_as_they_were_sent() -> None:
    sealed = seal(block(b"[" + A1 + b"," + B1 + b"]", b"[" + A2 + b"]"), {})
    by_campus = {root.campus_id: root for root in sealed.roots}
    assert by_campus["a"].root == chain_hash(NO_ROOT, tree_hash([leaf_hash(A1), leaf_hash(A2)]))
    assert by_campus["b"].root == chain_hash(NO_ROOT, leaf_hash(B1))
    assert (sealed.events, sealed.unreadable) == (3, 0)
    assert (by_campus["a"].leaves, by_campus["b"].leaves) == (2, 1)


def test_roots_are_chained_per_campus() -> None:
    first = seal(block(b"[" + A1 + b"," + B1 + b"]"), {})
    second = seal(block(b"[" + A2 + b"]"), first.heads())
    (root,) = second.roots
    assert (root.sequence, root.previous_root) == (2, first.heads()["a"].root)
    assert root.root == chain_hash(root.previous_root, leaf_hash(A2))


def test_ticks_and_unreadable_records_are_proven_whole_and_only_the_latter_are_counted() -> None:
    values = (encode_tick(5), b'[{"id":"1"', b"[1]", b"", b"null")
    sealed = seal(block(*values), {NO_CAMPUS: Head(7, bytes(31) + b"x")})
    (root,) = sealed.roots
    assert (root.campus_id, root.sequence, root.leaves) == (NO_CAMPUS, 8, 5)
    assert root.root == chain_hash(bytes(31) + b"x", tree_hash([leaf_hash(value) for value in values]))
    assert (sealed.events, sealed.unreadable) == (0, 4)


def test_an_event_without_a_campus_is_proven_all_the_same() -> None:
    sealed = seal(block(b'[{"id":"1"}]'), {})
    assert [(root.campus_id, root.leaves) for root in sealed.roots] == [(NO_CAMPUS, 1)]
    assert (sealed.events, sealed.unreadable) == (1, 0)


def test_the_same_block_gets_the_same_roots() -> None:
    assert seal(block(b"[" + A1 + b"]"), {}) == seal(block(b"[" + A1 + b"]"), {})
