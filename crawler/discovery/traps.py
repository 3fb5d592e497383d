"""The traps that all sites share: addresses that are never a report, or a report that has a better address.

Words are matched as whole segments of the path or as whole names in the query, never as parts of them:
`/2026/01/24/like-a-war/` and `/search-and-rescue-teams/` are honest reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAX_URL = 2_000
_MAX_SEGMENTS = 12
_MAX_PARAMETERS = 12
_DATE_PATH = re.compile(r"^(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/(?:0?[1-9]|[12]\d|3[01]))?$")
_NUMBER = re.compile(r"^\d{1,2}$")
_IDENTITY = re.compile(r"\d{3,}|^\d+$|^[^-]+(?:-[^-]+){2}")  # of a report: an id, or a slug of some words
_REPORT = re.compile(r"\d{4,}|^\d+$|^[^-]+(?:-[^-]+){4}")  # the same, where sections have names of some words
_LANGUAGE = re.compile(r"^[a-z]{2}(?:-[a-z]{2})?$")
_FILE_END = re.compile(r"\.(?:php\d?|aspx?|jsp|html?)$")

_VOTE = _words(
    "like unlike dislike vote votes voteup votedown upvote downvote rate rating thumbsup thumbsdown"
)
_VOTE_KEYS = _words("vote voteid rating rate like dislike like_comment")
_COMMENT = _words("comment comments reply respond add-comment addcomment post-comment leave-comment")
_COMMENT_AFTER = re.compile(r"^(?:\d+|feed|page|reply|add|post|new)$")
_COMMENT_FRAGMENT = re.compile(r"^(?:respond|comments?|comment-\d+|commentform|disqus_thread|reply)$")
_SEARCH = _words("search searchresults search-results advanced-search suche recherche")
_SEARCH_KEYS = _words("s q query search keyword keywords searchword search_query sq")
_PRINT = _words("print printable printer-friendly printview pdf amp")
_PRINT_KEYS = _words("print printable printview amp print-posts printer_friendly")
_PRINT_VALUES = {("output", "amp"), ("outputtype", "amp"), ("format", "pdf"), ("tmpl", "component")} | {
    (name, value)
    for name in _words("output format view mode type display layout version action")
    for value in ("amp", "print")
}
_LOGIN = _words(
    "login log-in logout signin sign-in signup sign-up register registration subscribe unsubscribe subscription"
    " wp-login wp-admin lostpassword forgot-password account my-account cart checkout"
)
_SHARE = _words("share sharer sendtofriend send-to-friend tell-a-friend email-this emailthis")
_SHARE_KEYS = _words("share share_to")
_SHARE_PAGES = re.compile(
    r"^(?:[\w-]+\.)?(?:facebook\.com/(?:sharer|share|dialog)|(?:twitter|x)\.com/(?:intent|share)|t\.me/share"
    r"|telegram\.me/share|wa\.me/|whatsapp\.com/send|linkedin\.com/(?:sharearticle|sharing|cws)"
    r"|pinterest\.com/pin/create|reddit\.com/submit|tumblr\.com/(?:share|widgets)|vk\.com/share"
    r"|connect\.ok\.ru/offer|getpocket\.com/(?:save|edit)|addtoany\.com/|bsky\.app/intent|threads\.net/intent)"
)
_CALENDAR = _words("calendar kalender")
_CALENDAR_KEYS = _words(
    "calendar ical outlook-ical tribe-bar-date eventdisplay eventdate cal_month cal_year ajaxcalendar"
)
_YEAR_KEYS = _words("year yr yyyy y jahr annee")
_MONTH_KEYS = _words("month mon mm m monat mois")
_WITH_DATES = _words("day dd d tag jour date page paged view mode lang")
_MONTH_QUERY = re.compile(r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?$")
_MONTH_PATH = re.compile(r"^(?:19|20)\d\d/(?:0[1-9]|1[0-2])$")
_EVENTS_DATE = re.compile(r"^(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?$")
_ARCHIVES = _words("archive archives date events event blog news index.php")
_FEED = _words("feed feeds rss rss2 atom rdf rss.xml feed.xml atom.xml sitemap.xml")
_FEED_PATHS = _words("feed rss atom rdf rss2")
_SECTIONS = _words(
    "category categories cat tag tags topic topics author authors section sections region regions channel edition series"
)
_FEED_IDS = _words("p page_id attachment_id withcomments withoutcomments")
_FEED_END = re.compile(r"\.(?:rss|atom|rdf)$|^(?:sitemap|rss|feed)[\w-]*\.(?:xml(?:\.gz)?|php)$")
_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|mp[234]|mpe?g|m4[av]|avi|mov|wmv|flv|webm|og[agv]|wav|flac|aac"
    r"|pdf|docx?|xlsx?|pptx?|odt|ods|epub|csv|zip|rar|gz|tgz|7z|tar|exe|apk|dmg|css|js|json|xml|txt|ics|m3u8?"
    r"|woff2?|ttf|eot)$"
)
_SESSION_KEYS = re.compile(
    r"^(?:php|asp)sess(?:ion)?id\w*$|^(?:jsessionid|sess(?:ion)?[_-]?id|cftoken|cfid|zenid|osc?sid|sessid_\w+)$"
)
_SESSION_ID = re.compile(r"^[0-9a-z,-]{16,}$")  # sid=171552 is the number of a report on old PHP sites
_SESSION_PATH = re.compile(r";jsessionid=|/\([a-z]\([0-9a-z]{20,}\)\)/")
# Most addresses need no rule: they have no query and none of the rules' words. Saves two thirds of their time.
_NO_QUERY = re.compile(r"https?://[a-z0-9.:-]+/(?:[\w.~!,:@*/-]|%[89a-f][0-9a-f])*", re.ASCII)
_WORDS = _VOTE | _COMMENT | _SEARCH | _PRINT | _LOGIN | _SHARE | _CALENDAR | _FEED | {"event", "events"}
_SUSPECT = re.compile(
    rf"/(?:{'|'.join(map(re.escape, sorted(_WORDS)))})(?=[/.]|$)|/comment-page-|/\d{{1,2}}/?$|\.(?!html?/?$)[^/]*/?$"
    r"|^https?://(?:[\w-]+\.)*(?:facebook|twitter|x|t|telegram|wa|whatsapp|linkedin|pinterest|reddit|tumblr|vk|ok"
    r"|getpocket|addtoany|bsky|threads)\."
)


@dataclass(frozen=True, slots=True)
class Address:
    """A URL in the parts that the rules look at, all in lower case and percent-decoded.

    words: the segments without endings such as .php, and without the slug of a dated path, where any word
    may stand. names: those of the query's parameters.
    """

    parts: SplitResult
    segments: tuple[str, ...]
    words: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    names: frozenset[str]

    @property
    def last(self) -> str:
        """Return the last segment of the path, or ""."""
        return self.segments[-1] if self.segments else ""


def address_of(url: str) -> Address:
    """Return the parts of a URL of at most MAX_URL characters. Raises ValueError for what is no URL."""
    parts = urlsplit(url)
    segments = tuple(segment for segment in unquote(parts.path).lower().split("/") if segment)
    undated = segments[:-1] if _is_date(segments[:-1]) else segments
    words = tuple(_FILE_END.sub("", segment) for segment in undated)
    query = _pairs(parts.query) if parts.query else ()
    return Address(parts, segments, words, query, frozenset(name for name, _ in query))


def _is_date(segments: tuple[str, ...]) -> bool:
    """Tell whether segments end in a year and a month, or a year, a month and a day."""
    return any(_DATE_PATH.match("/".join(segments[-count:])) for count in (2, 3))


def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    pairs = (pair.partition("=") for pair in query.replace(";", "&").split("&") if pair)
    return tuple((unquote(name).lower(), unquote(value).lower()) for name, _, value in pairs)


def trap(url: str) -> str | None:
    """Return the name of the rule that refuses a URL, or None. Raises ValueError for what is no URL."""
    if len(url) > MAX_URL:
        return "trap-depth"
    if _is_ordinary(url.lower()):
        return None
    address = address_of(url)
    return next((rule.name for rule in RULES if rule.catches(address)), None)


def _is_ordinary(url: str) -> bool:
    """Tell whether no rule can catch an address, without trying them; False says nothing."""
    if not _NO_QUERY.fullmatch(url) or _SUSPECT.search(url):
        return False
    segments = url.rstrip("/").split("/")[3:]
    return len(set(segments)) == len(segments) <= _MAX_SEGMENTS


def _is_depth(address: Address) -> bool:
    count = len(address.segments)
    if count > _MAX_SEGMENTS or len(address.query) > _MAX_PARAMETERS:
        return True
    if len(set(address.segments)) == count:
        return False
    return any(
        _is_thrice(address.segments[start : start + 3 * size], size)
        for size in range(1, count // 3 + 1)
        for start in range(count - 3 * size + 1)
    )


def _is_thrice(segments: tuple[str, ...], size: int) -> bool:
    block = segments[:size]
    return segments == block * 3 and not all(_NUMBER.match(segment) for segment in block)  # 2011/11/11/11


def _is_session(address: Address) -> bool:
    if _SESSION_PATH.search(address.parts.path.lower()):
        return True
    return any(
        _SESSION_KEYS.match(name) or (name in {"sid", "s"} and _SESSION_ID.match(value) and _has_digit(value))
        for name, value in address.query
    )


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text) and "-" not in text


def _is_vote(address: Address) -> bool:
    if not _VOTE_KEYS.isdisjoint(address.names):
        return True
    if len(address.words) < 2:
        return False
    *_, before, last = address.words
    is_report = bool(_IDENTITY.search(before)) or _is_date(address.segments[:-2])
    # /news/article/70632/like, /some-report-on-a-war/like, /vote/70632, but not the section /opinion/vote
    return (last in _VOTE and is_report) or (before in _VOTE and last.isdigit())


def _is_comment(address: Address) -> bool:
    if "replytocom" in address.names or _COMMENT_FRAGMENT.match(address.parts.fragment.lower()):
        return True
    words = address.words
    if any(re.match(r"^comment-page-\d+$", word) for word in words):
        return True
    # /comment/some-opinion-piece is a section on many sites
    return any(
        word in _COMMENT and (place == len(words) - 1 or _COMMENT_AFTER.match(words[place + 1]))
        for place, word in enumerate(words)
    )


def _is_search(address: Address) -> bool:
    if any(word in _SEARCH for word in address.words):
        return True
    # Drupal's old ?q=node/123 is a report's only address
    return any(name in _SEARCH_KEYS and not value.startswith("node/") for name, value in address.query)


def _is_print(address: Address) -> bool:
    if not _PRINT_KEYS.isdisjoint(address.names) or any(pair in _PRINT_VALUES for pair in address.query):
        return True
    words = address.words
    return bool(words) and (
        words[-1] in _PRINT or words[0] in {"amp", "print"} or address.last.endswith(".amp")
    )


def _is_login(address: Address) -> bool:
    words = address.words
    if not words:
        return False
    first = words[1] if len(words) > 1 and _LANGUAGE.match(words[0]) else words[0]
    return first in _LOGIN or words[-1] in _LOGIN


def _is_share(address: Address) -> bool:
    if _SHARE_PAGES.match((address.parts.netloc + address.parts.path).lower().removeprefix("www.")):
        return True
    return not _SHARE_KEYS.isdisjoint(address.names) or bool(address.words and address.words[-1] in _SHARE)


def _is_calendar(address: Address) -> bool:
    if not _CALENDAR_KEYS.isdisjoint(address.names) or any(word in _CALENDAR for word in address.words):
        return True
    return _is_archive_query(address) or _is_archive_path(address.segments)


def _is_archive_query(address: Address) -> bool:
    """Tell whether a query asks for a month or a day and nothing else: ?year=2031&month=12, WordPress's ?m=203112."""
    if not _YEAR_KEYS.isdisjoint(address.names) and not _MONTH_KEYS.isdisjoint(address.names):
        return address.names <= _YEAR_KEYS | _MONTH_KEYS | _WITH_DATES
    is_front = not address.segments or address.last == "index.php" or bool(_LANGUAGE.match(address.last))
    return is_front and any(name == "m" and _MONTH_QUERY.match(value) for name, value in address.query)


def _is_archive_path(segments: tuple[str, ...]) -> bool:
    """Tell whether a path is that of a month or a day: /2031/12/, /events/2031-12; not /briefing/2026/01/24."""
    if any(segment in {"event", "events"} for segment in segments[:-1]) and _EVENTS_DATE.match(segments[-1]):
        return True
    for count, pattern in ((2, _MONTH_PATH), (3, _DATE_PATH)):
        if len(segments) >= count and pattern.match("/".join(segments[-count:])):
            return all(part in _ARCHIVES or _LANGUAGE.match(part) for part in segments[:-count])
    return False


def _is_feed_in_feed(address: Address) -> bool:
    """Tell a feed of one report or its comments, or of a day, from those of the site and of its sections."""
    if "feed" in address.names:
        asked = next(value for name, value in address.query if name == "feed")
        return asked.startswith("comments") or not _FEED_IDS.isdisjoint(address.names)
    segments = address.segments
    if len(segments) > 2 and segments[-2] == "feed" and segments[-1] in _FEED_PATHS:  # /slug/feed/atom
        segments = segments[:-1]
    if len(segments) < 2 or segments[-1] not in _FEED_PATHS:
        return False
    *before, of = segments[:-1]
    if of == "comments" or _is_date(segments[:-1]) or _is_date(tuple(before)):
        return True
    return _SECTIONS.isdisjoint(before) and _REPORT.search(of) is not None


def _is_feed(address: Address) -> bool:
    if "feed" in address.names or _FEED_END.search(address.last) or _FILE_END.sub("", address.last) in _FEED:
        return True
    return len(address.segments) > 1 and address.segments[-2] in {"rss", "feed"} and address.last.isalnum()


def _is_media(address: Address) -> bool:
    return bool(_MEDIA.search(address.last))


@dataclass(frozen=True, slots=True)
class Rule:
    """A trap by its name, and in words what it refuses."""

    name: str
    refuses: str
    catches: Callable[[Address], bool]


# In this order: what is endless first, then by what a user would call it.
RULES = (
    Rule("trap-depth", "addresses too long or too deep, or whose parts repeat: /a/b/a/b/a/b", _is_depth),
    Rule("session", "a reader's session: ?PHPSESSID=, ;jsessionid=", _is_session),
    Rule("share", "share buttons, here and at the networks: ?share=, /share, facebook.com/sharer", _is_share),
    Rule("vote", "votes, which a visit would cast: /news/article/70632/like, ?vote=", _is_vote),
    Rule("feed-in-feed", "feeds of one report, its comments or a day: /slug/feed/, /comments/feed/", _is_feed_in_feed),
    Rule("comment", "comment pages and forms: /comments, ?replytocom=, /comment-page-2", _is_comment),
    Rule("search", "searches: /search, ?s=, ?q=", _is_search),
    Rule("print", "print, PDF and AMP doubles of a report: /print, ?amp, ?tmpl=component", _is_print),
    Rule("login", "accounts, subscriptions and carts: /login, /user/register, /subscribe", _is_login),
    Rule("calendar", "calendars and archives by month: /calendar, /2031/12/, ?year=2031&month=12", _is_calendar),
    Rule("feed", "feeds and sitemaps, where a report is wanted: /feed/, /rss.xml", _is_feed),
    Rule("media", "files: pictures, sound, film, PDF, archives, scripts", _is_media),
)  # fmt: skip
RULE_NAMES = tuple(rule.name for rule in RULES)
# Every rule by which a link can be refused, and what it refuses: those above, the source's own, and the explosion's.
RULE_TEXTS = {rule.name: rule.refuses for rule in RULES} | {
    "not-http": "what is no http or https address",
    "source-deny": "what the source's `deny` patterns say",
    "trap-parameters": "ever new queries of one path: /list?sort=3&page=9&view=2",
}
