"""Merkle trees as Certificate Transparency has them (RFC 6962, section 2.1): one hash vouches for a million rows.

A leaf's hash is SHA-256 of 00 and its bytes, a node's that of 01 and its two children's hashes; a tree of n leaves is
split at the largest power of two below n. That one leaf is in a tree of a million is shown with twenty hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its children's."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that grows leaf by leaf; holds twenty hashes for a million leaves."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[
            tuple[int, bytes]
        ] = []  # (leaves, hash) of full trees, each larger than the next

    def add(self, leaf: bytes) -> None:
        """Add a leaf at the end."""
        size, found = 1, leaf_hash(leaf)
        while self._subtrees and self._subtrees[-1][0] == size:
            found = node_hash(self._subtrees.pop()[1], found)
            size *= 2
        self._subtrees.append((size, found))
        self.size += 1

    def root(self) -> bytes:
        """Return the root over the leaves so far."""
        if not self._subtrees:
            return EMPTY
        *larger, (_, root) = self._subtrees
        for _, subtree in reversed(larger):
            root = node_hash(subtree, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaves that come one by one."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def paths_of(leaves: Iterable[bytes], places: Iterable[int]) -> dict[int, tuple[bytes, ...]]:
    """Return for each of these places (from 0) the hashes that show that its leaf is in the tree, the lowest first.

    Holds a hash for each leaf. Raises IndexError where there is no such leaf.
    """
    level = [leaf_hash(leaf) for leaf in leaves]
    at = {place: place for place in places}
    paths: dict[int, list[bytes]] = {place: [] for place in at}
    if any(not 0 <= place < len(level) for place in at):
        raise IndexError(f"there is no leaf {max(at)} among {len(level)}")
    while len(level) > 1:
        for place, index in at.items():
            if index ^ 1 < len(level):
                paths[place].append(level[index ^ 1])
            at[place] = index // 2
        pairs = (level[index : index + 2] for index in range(0, len(level), 2))
        level = [node_hash(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return {place: tuple(path) for place, path in paths.items()}


def root_from(leaf: bytes, place: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root of a tree of `size` leaves that has `leaf` at `place`, by its path; None if the path can't be."""
    if not 0 <= place < size:
        return None
    found, last = leaf_hash(leaf), size - 1
    hashes = list(path)
    while last > 0:
        if place % 2 or place < last:
            if not hashes:
                return None
            other = hashes.pop(0)
            found = node_hash(other, found) if place % 2 else node_hash(found, other)
        place, last = place // 2, last // 2
    return found if not hashes else None
