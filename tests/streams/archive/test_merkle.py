"""The tree of RFC 6962, worked by hand, and the chain."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.archive.merkle import NO_ROOT, chain_hash, inclusion_path, leaf_hash, root_of_path, tree_hash

# The inputs and roots of the test vectors that Certificate Transparency implementations share.
INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def split_by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word: split at the greatest power of two below the count."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return sha256(b"\x01" + split_by_definition(leaves[:middle]) + split_by_definition(leaves[middle:])).digest()


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_of_certificate_transparency(count: int) -> None:
    assert tree_hash([leaf_hash(item) for item in INPUTS[:count]]).hex() == ROOTS[count - 1]


def test_the_tree_of_nothing_is_the_hash_of_nothing() -> None:
    assert tree_hash([]) == sha256(b"").digest()


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70))
def test_joining_level_by_level_gives_the_tree_of_the_definition(items: list[bytes]) -> None:
    leaves = [leaf_hash(item) for item in items]
    assert tree_hash(leaves) == split_by_definition(leaves)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
def test_a_path_leads_from_its_event_to_the_root_and_from_no_other(items: list[bytes], data: st.DataObject) -> None:
    leaves = [leaf_hash(item) for item in items]
    index = data.draw(st.integers(0, len(items) - 1))
    path = inclusion_path(leaves, index)
    assert root_of_path(items[index], path) == tree_hash(leaves)
    assert root_of_path(items[index] + b"!", path) != tree_hash(leaves)


def test_a_path_shows_no_more_than_one_hash_a_level() -> None:
    assert len(inclusion_path([leaf_hash(item) for item in INPUTS], 5)) == 3


def test_there_is_no_path_to_a_leaf_that_is_not_there() -> None:
    with pytest.raises(IndexError):
        inclusion_path([leaf_hash(b"a")], 1)


def test_a_leaf_is_not_taken_for_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != tree_hash([left, right])


def test_a_chain_depends_on_every_earlier_root() -> None:
    first, second = tree_hash([leaf_hash(b"a")]), tree_hash([leaf_hash(b"b")])
    chained = chain_hash(chain_hash(NO_ROOT, first), second)
    assert chained == sha256(b"\x02" + sha256(b"\x02" + bytes(32) + first).digest() + second).digest()
    assert chained != chain_hash(chain_hash(NO_ROOT, second), first)
