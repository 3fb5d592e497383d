import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.sealing.merkle import EMPTY, Tree, leaf_hash, node_hash, paths_of, root_from, root_of

# The leaves and roots of Certificate Transparency's own reference tests.
LEAVES = [bytes.fromhex(leaf) for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
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


def test_roots_are_those_of_certificate_transparency() -> None:
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    tree = Tree()
    assert tree.root() == EMPTY
    for count, (leaf, root) in enumerate(zip(LEAVES, ROOTS, strict=True), start=1):
        tree.add(leaf)
        assert (tree.size, tree.root().hex()) == (count, root)
        assert root_of(LEAVES[:count]).hex() == root


def slow_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(slow_root(leaves[:split]), slow_root(leaves[split:]))


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=70), st.data())
def test_a_path_shows_its_leaf_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    root = slow_root(leaves)
    assert root_of(leaves) == root
    place = data.draw(st.integers(0, len(leaves) - 1))
    path = paths_of(leaves, [place])[place]
    assert root_from(leaves[place], place, len(leaves), path) == root
    assert root_from(leaves[place] + b"x", place, len(leaves), path) != root
    assert root_from(leaves[place], place, len(leaves), [*path, root]) is None
    assert not path or root_from(leaves[place], place, len(leaves), path[:-1]) is None
    assert root_from(leaves[place], len(leaves), len(leaves), path) is None


def test_there_is_no_path_to_what_is_not_there() -> None:
    for place in (-1, 2):
        with pytest.raises(IndexError, match="there is no leaf"):
            paths_of([b"a", b"b"], [0, place])
