"""What a page says of itself in JSON-LD, read tolerantly: real pages leave commas, comments and raw newlines in."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from crawler.extraction.dates.months import fold

Node: TypeAlias = Mapping[str, Any]

_LARGEST = 2_000_000  # characters of one script; the largest real one seen was under 300,000
_MOST_NODES = 4_000  # objects looked at on a page
_WRAPPING = re.compile(
    r"^\s*(?:<!--|<!\[CDATA\[|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?://\s*)?(?:-->|\]\]>)\s*(?:;\s*)?$"
)
_COMMENT = re.compile(r"/\*[^*]*\*/|^[ \t]*//[^\n]*$", re.MULTILINE)
_COMMA = re.compile(r",(\s*[}\]])")
_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting)$")
# Where a page lists other things than itself.
_ELSEWHERE = frozenset(
    {"comment", "comments", "itemListElement", "hasPart", "isPartOf", "relatedLink", "liveBlogUpdate", "citation",
     "isBasedOn", "mentions", "review", "video", "image", "publisher", "author", "subjectOf", "about"}
)  # fmt: skip


def read_nodes(scripts: Iterable[str]) -> tuple[Node, ...]:
    """Return every object that may describe the page itself, in the page's order, from its JSON-LD scripts.

    Objects under `@graph`, lists and `mainEntity` are included, those that describe comments, related items,
    people and pictures are not. A script that can't be read even with its usual faults mended is left out.
    """
    nodes: list[Node] = []
    budget = _MOST_NODES
    for script in scripts:
        for value in _parsed(script):
            stack: list[Any] = [value]
            while stack and budget > 0:
                budget -= 1
                item = stack.pop()
                if isinstance(item, list):
                    stack.extend(reversed(item))
                elif isinstance(item, dict):
                    nodes.append(item)
                    stack.extend(
                        inner
                        for key, inner in reversed(item.items())
                        if isinstance(inner, list | dict) and key not in _ELSEWHERE
                    )
    return tuple(nodes)


def types(node: Node) -> tuple[str, ...]:
    """Return a node's types without the vocabulary's address ("https://schema.org/NewsArticle" → "NewsArticle")."""
    found = node.get("@type")
    names = found if isinstance(found, list) else [found]
    return tuple(re.split(r"[/:#]", name)[-1] for name in names if isinstance(name, str) and name)


def is_article(node: Node) -> bool:
    """Return whether a node's type is one of schema.org's kinds of article."""
    return any(_ARTICLE.search(name) for name in types(node))


def main_article(nodes: Iterable[Node], urls: Iterable[str], titles: Iterable[str]) -> Node | None:
    """Return the article node that describes the page at `urls`, or None.

    One that names the page's address goes first, then one with the page's headline, then one that is dated;
    among equals the first. A node that names another page, with another headline, is not the page's.
    """
    paths = {path for path in map(_path, urls) if path}
    headlines = {fold(" ".join(title.split())) for title in titles if title}
    best: tuple[int, Node] | None = None
    for node in nodes:
        if not is_article(node):
            continue
        named = {path for path in map(_path, _addresses(node)) if path}
        headline = fold(first_text(node, "headline", "name") or "")
        same_title = bool(headline) and any(headline in title or title in headline for title in headlines)
        if named and paths and not named & paths and headline and headlines and not same_title:
            continue
        score = 4 * bool(named & paths) + 2 * same_title + bool(first_text(node, "datePublished"))
        if best is None or score > best[0]:
            best = (score, node)
    return best[1] if best else None


def first_text(node: Node, *keys: str) -> str | None:
    """Return the first of `keys` that holds text (itself, in a list, or as `@value`), unescaped, spaces single."""
    for key in keys:
        value = node.get(key)
        value = value[0] if isinstance(value, list) and value else value
        value = value.get("@value") if isinstance(value, dict) else value
        if isinstance(value, str | int) and not isinstance(value, bool):
            text = " ".join(html.unescape(html.unescape(str(value))).split())
            if text:
                return text
    return None


def names(node: Node, key: str, nodes: Iterable[Node]) -> tuple[tuple[str, bool], ...]:
    """Return the (name, is an organisation) of those under `key` ("author"); `@id` references are followed."""
    value = node.get(key)
    found: list[tuple[str, bool]] = []
    by_id: dict[str, Node] = {}
    for item in (value if isinstance(value, list) else [value])[:50]:
        if isinstance(item, str):
            found.append((item, False))
        if not isinstance(item, dict):
            continue
        if "name" not in item and isinstance(item.get("@id"), str):
            by_id = by_id or {
                str(n["@id"]): n for n in nodes if isinstance(n.get("@id"), str) and "name" in n
            }
            item = by_id.get(item["@id"], item)  # noqa: PLW2901 - the node that the reference stands for
        organisation = any(name.endswith("Organization") for name in types(item))
        inner = item.get("name")
        given = inner if isinstance(inner, list) else [inner]
        found.extend((name, organisation) for name in given if isinstance(name, str))
    return tuple(found)


def _addresses(node: Node) -> list[str]:
    found: list[str] = []
    for key in ("url", "mainEntityOfPage", "@id"):
        value = node.get(key)
        value = (value.get("@id") or value.get("url")) if isinstance(value, dict) else value
        if isinstance(value, str) and value.startswith(("http:", "https:", "//", "/")):
            found.append(value)
    return found


def _path(url: str) -> str:
    """Return what two addresses of one page share: the path, without host, query and trailing slash."""
    try:
        return urlsplit(url).path.rstrip("/").casefold()
    except ValueError:
        return ""


def _parsed(script: str) -> list[Any]:
    text = script.strip()
    if not text or len(text) > _LARGEST:
        return []
    for mend in (_as_is, _unwrapped, _mended):
        text = mend(text)
        values = _load(text)
        if values:
            return values
    return []


def _as_is(text: str) -> str:
    return text


def _unwrapped(text: str) -> str:
    return _WRAPPING.sub("", _WRAPPING.sub("", text)).strip().rstrip(";")


def _mended(text: str) -> str:
    text = _COMMA.sub(r"\1", _COMMENT.sub("", text)).strip()
    return html.unescape(text) if "&quot;" in text and '"' not in text else text


def _load(text: str) -> list[Any]:
    """Return the JSON values that stand one after the other in `text`; none if the first can't be read."""
    decoder = json.JSONDecoder(strict=False)  # raw newlines and tabs inside strings are common
    values: list[Any] = []
    place = 0
    try:
        while place < len(text) and len(values) < 50:
            value, place = decoder.raw_decode(text, place)
            values.append(value)
            while place < len(text) and text[place] in " \t\r\n,;":
                place += 1
    except (ValueError, RecursionError):
        return values
    return values
