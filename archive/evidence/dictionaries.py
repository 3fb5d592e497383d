"""What the records of a pack begin like: a dictionary of whole pages, one a layout, for Zstandard.

A dictionary that zstd trains holds a hundred kilobytes of what many pages share. A whole page of the site holds all
that the next page repeats, in the order in which it comes, and leaves half of it or less to be kept (`make bench-compact`
compares them). So pages are chosen: the one that helps the others most, and then one more as long as that pays, which is
the case where a site has several layouts. They are made a dictionary in zstd's own format, as the standard for
`.warc.zst` asks for.

It holds the words of its pages. So it's made only of records that are in the pack, and made anew when one is removed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 9
# Of pages to be a dictionary, and of those that they are tried on.
_CANDIDATES, _JUDGES = 6, 10
_MOST_PAGES = 4
_MOST_BYTES = 8 * 1024 * 1024
_LEAST_PAGE = 256
_QUICK = 3  # level at which they are tried
_DENSE = 15  # level at which the dictionary itself is kept
_STATISTICS = 128 * 1024  # more than zstd's format puts before the pages


def choose(pages: Sequence[bytes], count: int) -> bytes:
    """Return a dictionary for records like these; b"" where none is worth its room.

    pages: some of the records, as they are to be kept, spread over all of them. count: how many there are in all.
    """
    judges = [page for page in spread(pages, _JUDGES) if len(page) >= _LEAST_PAGE]
    waiting = [page for page in spread(judges, _CANDIDATES) if len(page) <= _MOST_BYTES // 2]
    chosen: list[bytes] = []
    sizes = [_size(page, None) for page in judges]
    while waiting and len(chosen) < _MOST_PAGES:
        gains = []
        for page in waiting:
            known = zstd.ZstdDict(b"".join((page, *chosen)), is_raw=True)
            new = [min(before, _size(judge, known)) for judge, before in zip(judges, sizes, strict=True)]
            gain = sum(b - n for b, n, judge in zip(sizes, new, judges, strict=True) if judge is not page)
            gains.append(
                (gain / max(1, len(judges) - 1) * (count - 1) - len(zstd.compress(page, _QUICK)), page, new)
            )
        best, page, new = max(gains, key=lambda told: told[0])
        if best <= 0 or sum(map(len, chosen)) + len(page) > _MOST_BYTES:
            break
        chosen.insert(0, page)  # the first one chosen comes last, where its distance is the least
        waiting = [other for other in waiting if other is not page]
        sizes = new
    return _made(b"".join(chosen), judges) if chosen else b""


def spread(items: Sequence[bytes], most: int) -> list[bytes]:
    """Return at most so many of them, evenly from the first to the last."""
    if len(items) <= most:
        return list(items)
    return [items[round(number * (len(items) - 1) / (most - 1))] for number in range(most)]


def packed(dictionary: bytes) -> bytes:
    """Return a dictionary as it's kept."""
    return zstd.compress(dictionary, _DENSE)


def _made(content: bytes, samples: Sequence[bytes]) -> bytes:
    raw = zstd.ZstdDict(content, is_raw=True)
    try:
        return zstd.finalize_dict(raw, samples, len(content) + _STATISTICS, LEVEL).dict_content
    except zstd.ZstdError:  # it wants more samples than there are
        return b""


def _size(page: bytes, known: zstd.ZstdDict | None) -> int:
    packer = zstd.ZstdCompressor(_QUICK, zstd_dict=known.as_digested_dict if known else None)
    return len(packer.compress(page, packer.FLUSH_FRAME))
