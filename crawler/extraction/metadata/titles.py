"""A report's headline: as shown on the page, where what the page says of itself agrees."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extraction.dates.months import fold, fold_key
from crawler.extraction.metadata.signals import Signals, Spot, set_aside, short_text

_SEPARATOR = re.compile(r"\s+[|｜\-–—•·»«:/]+\s+|\s*[|｜»]\s*|(?<=\w)--(?=\w)|\s[|–—-]\s*$")
_MAY_CUT = re.compile(r"[|｜»]|\s[\-–—•·«:/]|--")  # in every separator, and found in a quarter of the time
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,5}|[A-Za-z]{2,8});")
_READ = 4_000  # characters; white space may make up most of them
_TOO_LONG = 1_000  # characters; no headline, whatever the page calls it
_LONGEST = 400
_MOST_HEADINGS = 40
_AGREES = 0.5  # share of common words (F1) from which two headlines are of one report
_LEAST_WORDS = 5  # a heading that nothing agrees with: shorter is mostly a section, longer mostly a headline
_SAME = 0.95  # and from which they are one headline
# How much each place's word counts. A tag meant for sharing often carries another headline than the page's own,
# so what is shown and what two places agree on must win; measured on 142 pages of 70 outlets.
_VOTES = {"shown": 1.6, "og": 1.6, "json-ld": 1.0, "shown alone": 0.8, "title": 0.3, "other": 0.2}
_SECOND_LEVEL = frozenset(
    {"co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "www", "m", "en", "ar", "news"}
)


@dataclass(frozen=True, slots=True)
class Headline:
    """The title chosen, and the heading element that shows it (None where none does)."""

    text: str
    heading: Spot | None


def choose_headline(
    signals: Signals, declared: Iterable[str | None], hint: str | None, names: frozenset[str]
) -> Headline:
    """Return the page's headline; its text is empty where the page has none.

    `declared` are the titles from JSON-LD; `hint` the feed's; `names` the outlet's (`site_keys`), which are
    cut off where a separator sets them apart. Every place that gives a headline votes for it; among equals the one
    shown wins.
    """
    title = clean((signals.title or "")[:_READ])
    shared = clean((signals.meta("og:title") or "")[:_READ])
    card = clean((signals.meta("twitter:title", "parsely-title", "sailthru.title") or "")[:_READ])
    said = [
        *((clean(text[:_READ]), _VOTES["json-ld"]) for text in declared if text),
        (shared, _VOTES["og"]),
        (card if card != shared else "", _VOTES["other"]),  # most often a copy, and then no second witness
        (title, _VOTES["title"]),
        (clean(hint or ""), _VOTES["other"]),
    ]
    stripped = {text: strip_site(text, names) for text, _ in said}  # most say the same
    offers = [(stripped[text], votes) for text, votes in said]
    offers = [
        (text, votes) for text, votes in offers if 0 < len(text) <= _TOO_LONG and fold_key(text) not in names
    ]
    shown = _best_heading(signals, [text for text, _ in offers], title)
    heading = signals.spot(shown[1]) if shown else None
    if shown is not None and fold_key(shown[0]) not in names:
        offers = _with_heading(strip_site(shown[0], names), offers)
        given = stripped[shared]
        if _is_written_for_sharing(given, offers[0][0], stripped[title]):
            return Headline(given, heading)
    return Headline(_elected(offers) or strip_site(title[:_TOO_LONG], names), heading)


def _is_written_for_sharing(given: str, shown: str, title: str) -> bool:
    """Return whether somebody worded the og:title: `title` is the headline shown, as software makes it, that isn't.

    Both are honest headlines. The outlet gives out this one as the report's name, and of 15 such pages among the
    142 the references have it on 11.
    """
    if given.endswith(("…", "...")) or len(given) > _LONGEST or sum(_words(given).values()) < _LEAST_WORDS:
        return False
    if shown.endswith(given):  # only the kicker is left out
        return False
    by_software = fold_key(title) == fold_key(shown) or (
        title.startswith(shown) and _cut_at(title, len(shown))
    )
    return (
        by_software
        and fold_key(given) != fold_key(shown)
        and not (given.startswith(shown) and _cut_at(given, len(shown)))
    )


def _cut_at(text: str, place: int) -> bool:
    """Return whether a separator stands at `place`, so that what follows is a section's or an outlet's name."""
    return _SEPARATOR.match(text, place) is not None


def _with_heading(shown: str, offers: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return the offers with the shown heading before them; one that only adds a section or a name is its vote."""
    agrees = any(similarity(shown, text) >= _AGREES or text.startswith(shown) for text, _ in offers)
    same = [
        (shown if text.startswith(shown) and _cut_at(text, len(shown)) else text, votes)
        for text, votes in offers
    ]
    headline = agrees or sum(_words(shown).values()) >= _LEAST_WORDS
    return [(shown, _VOTES["shown" if headline else "shown alone"]), *same]


def _elected(offers: list[tuple[str, float]]) -> str:
    votes: dict[str, float] = {}
    keyed = [(fold_key(text), text, weight) for text, weight in offers]
    for key, _, weight in keyed:
        votes[key] = votes.get(key, 0.0) + weight
    elected = max(
        votes, key=lambda key: votes[key], default=""
    )  # the first of equals, which is the one shown
    return _best_spelling([(text, weight) for key, text, weight in keyed if key == elected])


def _best_spelling(offers: list[tuple[str, float]]) -> str:
    """Return the spelling that most places agree on: lines and boxes of a heading lose a colon, or gain a space."""
    votes: dict[str, float] = {}
    for text, weight in offers:
        votes[text] = votes.get(text, 0.0) + weight
    return max(votes, key=lambda text: votes[text], default="")


def clean(text: str) -> str:
    """Return `text` with entities resolved (twice escaped ones too) and white space single."""
    for _ in range(2 if "&" in text else 0):
        if _ENTITY.search(text):
            text = html.unescape(text)
    if not text.isascii():
        text = text.replace("\u00ad", "").replace("\u200b", "")
    return " ".join(text.split())


def strip_site(title: str, names: frozenset[str]) -> str:
    """Return `title` without the outlet's name before or after a separator; `names` are keys (`site_keys`)."""
    for _ in range(3 if _MAY_CUT.search(title) else 0):
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            return title
        last, first = cuts[-1], cuts[0]
        if is_site(title[last.end() :], names) and title[: last.start()].strip():
            title = title[: last.start()].strip()
        elif is_site(title[: first.start()], names) and title[first.end() :].strip():
            title = title[first.end() :].strip()
        else:
            return title
    return title


def site_names(url: str, *names: str | None) -> tuple[str, ...]:
    """Return the names under which the outlet at `url` may sign: those given, its host and the host's labels."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    labels = [label for label in host.split(".")[:-1] if label not in _SECOND_LEVEL and len(label) >= 2]
    return tuple(name for name in (*names, host, *labels) if name)


def similarity(one: str, other: str) -> float:
    """Return the F1 of the words that two titles share, from 0 to 1."""
    return _likeness(_words(one), _words(other))


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(fold(text)))


def _likeness(a: Counter[str], b: Counter[str]) -> float:
    return 2 * sum((a & b).values()) / ((sum(a.values()) + sum(b.values())) or 1)


def site_keys(sites: Iterable[str]) -> frozenset[str]:
    """Return the outlet's names (`site_names`) as they are compared."""
    return frozenset(fold_key(site) for site in sites if site) - {""}


def is_site(text: str, names: frozenset[str]) -> bool:
    """Return whether `text` is the outlet's name, however it is spaced and spelt; `names` are its `site_keys`."""
    key = fold_key(text)
    if not key:
        return True
    if key in names:
        return True
    if len(key) < 3 or len(text) > 60:
        return False
    return any(
        len(name) >= 3
        and ((key in name and len(key) * 2 >= len(name)) or (name in key and len(name) * 2 >= len(key)))
        for name in names
    )


def _best_heading(signals: Signals, said: list[str], title: str) -> tuple[str, HtmlElement] | None:
    """Return the h1 that agrees best with the declared titles, else an h2 that repeats one, else the first h1.

    One in a block that is named like a side matter ("without-sidebar", "teaserList-ontop") comes after all others,
    for such names often mean something else; one in a nav, aside or footer never comes.
    """
    wanted = {text: _words(text) for text in said}
    fallback: tuple[str, HtmlElement] | None = None
    best: tuple[tuple[bool, bool, float, float], str, HtmlElement] | None = None
    for element in signals.headings[:_MOST_HEADINGS]:
        is_h1 = element.tag == "h1"
        if best is not None and best[0][:2] == (True, True) and not is_h1:
            break  # no h2 is better than an h1 that agrees
        text = clean(short_text(element, _LONGEST) or "")
        if not text:
            continue
        likeness = _likenesses(text, said, wanted)
        if len(text) >= 12 and title.startswith(text):
            likeness.append(_SAME)
        if max(likeness, default=0.0) < (_AGREES if is_h1 else _SAME) and (fallback or not is_h1):
            continue
        if next(element.iterancestors("nav", "aside", "footer"), None) is not None:
            continue
        beside = set_aside(element, None, signals.elements.root)
        rank = (not beside, is_h1, max(likeness, default=0.0), sum(likeness))
        if rank[2] >= (_AGREES if is_h1 else _SAME):
            best = max(best or (rank, text, element), (rank, text, element), key=lambda found: found[0])
        elif is_h1 and fallback is None and not beside:
            fallback = (text, element)
    return (_without_kicker(best[1], best[2], said), best[2]) if best else fallback


def _likenesses(text: str, said: list[str], wanted: dict[str, Counter[str]]) -> list[float]:
    if all(text == other for other in said):
        return [1.0] * len(said)
    words = _words(text)
    return [_likeness(words, wanted[other]) for other in said]


def _without_kicker(text: str, heading: HtmlElement, said: list[str]) -> str:
    """Return the heading without a kicker that runs into it ("Neue Schule Judy Lybke, ganz und gar ...").

    A kicker is an element of its own before a declared title, with no punctuation after it.
    """
    for other in said:
        before = text[: -len(other)].rstrip() if text.endswith(other) else ""
        if before and before[-1] not in ":.!?,;|/–—-":
            parts = (clean(short_text(part, _LONGEST) or "") for part in islice(heading.iterdescendants(), 8))
            if other in parts or before in parts:
                return other
    return text
