"""Canonical URLs: the address of a report without what differs from link to link, and its identity key.

courlan's `clean_url` and w3lib's `canonicalize_url` were tried first. The one drops queries without a value
(`spip.php?article46716` loses the article), the other gives them one (`?article46716=`), so each would change
which page is asked for. Here only what is known to be a tracker goes, and the rest stays as the site wrote it.

The key goes further: it is only compared, never fetched, so it may leave out whatever leads to another dress of
the same report (AMP, print, mobile). Each of these rules errs to the side of two keys for one report: that costs
a duplicate, while one key for two reports would lose one.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from w3lib.url import safe_url_string

# Parameters that say where a reader came from, never what is to be read: analytics, advertisers, mail, networks.
_TRACKER = re.compile(
    r"(?:amp;)*(?:(?:utm_\w+|pk_\w+|mtm_\w+|piwik_\w+|matomo_\w+|hsa_\w+|guce_\w+|guccounter|_ga|_gl|_gac|_openstat"
    r"|at_(?:medium|campaign(?:_type)?|custom\d+|source|creation|variant|format|network|bbc_team|ptr_name"
    r"|link_(?:id|type|origin))|xtor|xtref|xtcr|xts|ns_(?:campaign|mchannel|source|linkname|fee)|wt_z?mc(?:_\w+)?"
    r"|wt\.\w+|mc_[ce]id|mc_tc|_hs(?:enc|mi)|__hs(?:sc|tc|fp)|hsctatracking|mkt_tok|vero_(?:id|conv)|oly_(?:enc|anon)_id"
    r"|elqtrack(?:id)?|sfmc_\w+|ml_subscriber(?:_hash)?|dm_i|_ke|_bta_tid|s_cid|s_kwcid|ef_id|sr_share|spref"
    r"|(?:fb|g|dc|y|ys|ms|tw|igsh|tt|rdt_?)clid|gclsrc|gad_(?:source|campaignid)|wbraid|gbraid|srsltid|li_fat_id|epik"
    r"|igsh(?:id)?|fb_(?:action_(?:ids|types)|source|ref|comment_id)|action_(?:object|type|ref)_map|sthisfb"
    r"|smtyp|cmpid|intcmp|int_cmp|soc_(?:src|trk)|taid|feed(?:type|name)|traffic_source"
    r"|ref_(?:src|url)|spm|maca|dlvrit|__twitter_impression|_branch_match_id|__cf_chl_\w+|doing_wp_cron)(?:=.*)?"
    r"|(?:cmp|smid|ocid|icid|ncid|mbid|ftag|tsrc|ito)=(?!\d+$).*)",  # a number may be that of a report
    re.IGNORECASE,
)
# The same in words that may mean something else elsewhere, so with these values only, and only in the key.
_REFERRAL = re.compile(
    r"(?:from|source|src|ref|via|r)=(?:rss2?|rss-?feed|feed|twitter|facebook|fb|telegram|whatsapp|instagram|newsletter)",
    re.IGNORECASE,
)
# Another dress of a page: AMP (with what its caches add), print, mobile. And ids of a reader's session.
_DRESS = re.compile(
    r"(?:(?:amp|print|printable|printview|printer_friendly|mobile)(?:=(?:[01]|true|false|yes|no|amp|print)?)?"
    r"|(?:output|outputtype|format|view|mode|type|display|layout|version|action)=(?:amp|print|mobile)|print-posts=\w+"
    r"|tmpl=component|noamp(?:=\w*)?|amp_(?:js_v|gsa|markup)=.*|usqp=.*|wpmp_switcher=\w+"
    r"|(?:php|asp)sess(?:ion)?id\w*=.*|jsessionid=.*)",
    re.IGNORECASE,
)
_DRESS_SEGMENTS = frozenset({"amp", "print", "printable", "printview"})
_DEFAULT_DOCUMENTS = frozenset({
    "index.html", "index.htm", "index.php", "index.asp", "index.aspx", "index.jsp", "index.shtml", "default.asp",
    "default.aspx", "default.htm", "default.html",
})  # fmt: skip
_MAX_DRESSES = 3  # index.php/amp/print: nothing honest has more
_HOST_DRESS = re.compile(r"^(?:www\.)?(?:(?:m|mobile|amp)\.)?(?:www\.)?(?=[^.]+\.[^.])")
_AMP_CACHE = re.compile(
    r"^(?:(?:[\w-]+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)/[acv]|(?:www\.)?(?:google(?:\.[a-z]{2,3}){1,2}|bing\.com)/amp)"
    r"/(?:s/)?(?=[a-z0-9-]+\.[a-z0-9.-]+/)",
    re.ASCII,
)
_PATH_SESSION = re.compile(r";jsessionid=[^/?]*", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
# Escapes of what needs none (RFC 3986, 2.3), and of marks that browsers escape or not as they please.
_NEEDLESS = re.compile(r"%(?:2[1789ACDE]|3[0-9A]|4[0-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])")
# What an address says of its report, for believable_canonical.
_DATE = re.compile(r"/((?:19|20)\d\d)/(\d{1,2})(?:/(\d{1,2}))?(?=/)")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2})?|eng|ara|rus|ukr|fra|spa|tur|fas|per")
_LANGUAGE_NAMES = frozenset({"lang", "language", "locale", "hl"})
_PAGE_NAMES = frozenset({"page", "paged", "start", "offset", "pg", "part"})
_NUMBER = re.compile(r"(?:^[a-z]{0,12}|[-_.])(\d{4,})$|^(\d{4,})[-_]|^(\d+)$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD = re.compile(r"[^\W_]+")
_SLUG_WORDS = 3
_LONG = 5  # digits: shorter numbers are of sections and pages too
_SCRIPT_ENDS = (".php", ".asp", ".aspx", ".jsp", ".cgi")
_FILE_END = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|htm)$")
_SHORT_LINK = re.compile(r"/(?:[a-z]{2})?\?(?:p|page_id)=\d+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What w3lib would leave as it is: most addresses of a sitemap. Saves four fifths of its time.
_PLAIN = re.compile(
    r"(https?://[a-z0-9][a-z0-9.-]*(?::(?!80/|443/)(?:[1-9]\d{0,3}|[1-5]\d{4}))?)(/(?:[\w/.~!*(),:@;+=&$-]|%[0-9A-F]{2})*)(?:\?((?:[\w/.~!*(),:@;+=&$?-]|%[0-9A-F]{2})+))?",
    re.ASCII,
)


def canonical_url(url: str) -> str:
    """Return `url` in the form in which it is fetched, shown and stored.

    Trackers, default ports, fragments and `..` go, the host is lower-cased, percent-encoding made uniform.
    Every other part of the query stays as it is and where it is: on many sites it is the identity
    (`?p=171552`, `spip.php?article46716`). Raises ValueError for what is no http(s) URL.
    """
    plain = _PLAIN.fullmatch(url)
    if plain:
        site, path, query = plain.groups()
        query = _without_trackers(query) if query else ""
        return f"{site}{_resolved(path)}?{query}" if query else f"{site}{_resolved(path)}"
    parts = urlsplit(_ESCAPE.sub(lambda match: match[0].upper(), safe_url_string(url.strip())))
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is not an http or https URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if parts.port in {None, _DEFAULT_PORTS[scheme]} else f"{host}:{parts.port}"
    return urlunsplit((scheme, netloc, _resolved(parts.path), _without_trackers(parts.query), ""))


def url_key(url: str) -> str:
    """Return the key under which all spellings of a canonical URL are one report.

    Like the urlkey of a CDX index, and a little more: without scheme, `www.`, trailing slash, default document,
    and what only asks for an AMP, print or mobile page; needless escapes decoded, the query sorted.
    Never fetched, only compared. Raises ValueError as `canonical_url` does.
    """
    return key_of(canonical_url(url))


def key_of(canonical: str) -> str:
    """Return the url_key of what `canonical_url` returned, without canonicalising it once more."""
    return "".join(_key_parts(canonical))


def bare_host(host: str) -> str:
    """Return a host, with its port if it has one, as keys have it: in lower case, without `www.`, `m.`, `amp.`."""
    return _HOST_DRESS.sub("", host.lower().replace(".:", ":").removesuffix("."))


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes two addresses of one source the same report.

    domains: the source's hosts, the main one first; the others are mirrors or former names, and count as it.
    pattern: a regular expression that is searched for in the plain url_key with the main host
    ("sana.sy/en?p=171552"); where it is found, the host and the groups that took part are all of the identity,
    whatever else the address says (a slug that changes, a section). If it ignores case, so does the identity.
    """

    domains: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None

    def __post_init__(self) -> None:
        """Bring the domains into the form that hosts have in keys."""
        object.__setattr__(self, "domains", tuple(bare_host(domain) for domain in self.domains))

    def key(self, url: str) -> str:
        """Return the url_key of `url` for this source. Raises ValueError as `canonical_url` does."""
        return self.key_of(canonical_url(url))

    def key_of(self, canonical: str) -> str:
        """Return the url_key of what `canonical_url` returned."""
        host, rest = self.parts(canonical)
        groups = self.groups(host + rest)
        return f"{host}#{'/'.join(groups)}" if groups else host + rest

    def parts(self, canonical: str) -> tuple[str, str]:
        """Return the main host, or that of another site, and the rest of the plain url_key of a canonical URL."""
        host, rest = _key_parts(canonical)
        return (self.domains[0] if host in self.domains else host), rest

    def groups(self, plain: str) -> tuple[str, ...]:
        """Return the groups of the pattern that took part in matching a plain key; none if it doesn't match."""
        found = self.pattern.search(plain) if self.pattern else None
        if found is None or self.pattern is None:
            return ()
        groups = tuple(group for group in found.groups() if group)
        return tuple(map(str.lower, groups)) if self.pattern.flags & re.IGNORECASE else groups


def believable_canonical(declared: str, fetched: str, identity: Identity) -> bool:
    """Tell whether to believe a page, fetched at one address, that its report's own address is another.

    Some sites name their home page, a section or another report as the canonical address of everything: to
    believe them would make all their reports revisions of one. So both must be of one site (or its domains), of
    one language, and name the same report: by the same number, else by the same slug of three words or more;
    a short link (`?p=8538`) may name a slug. Both are absolute URLs; what is no URL is not believed.
    """
    try:
        ours, theirs = canonical_url(fetched), canonical_url(declared)
    except ValueError:
        return False
    if identity.key_of(ours) == identity.key_of(theirs):
        return True
    (host, fetched_rest), (declared_host, declared_rest) = identity.parts(ours), identity.parts(theirs)
    # Two addresses of reports, by what is known of the source, are those of two reports.
    are_two = bool(identity.groups(host + fetched_rest) and identity.groups(host + declared_rest))
    if host != declared_host or are_two:
        return False
    here, there = _Marks.of(fetched_rest), _Marks.of(declared_rest)
    if here.languages != there.languages:
        return False
    if _SHORT_LINK.fullmatch(fetched_rest) and there.slug:
        return True
    return here.names_the_same(there)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What an address says of its report: languages, date, the last number of its path, its slug, its query."""

    path: str
    languages: tuple[str, ...]
    date: tuple[str, ...]
    number: str
    slug: str
    query: frozenset[str]

    @classmethod
    def of(cls, rest: str) -> _Marks:
        """Return the marks of an address without its host, as keys have it."""
        path, _, query = rest.partition("?")
        path = unquote(path).lower()
        date = _DATE.search(f"{path}/")
        segments = [_FILE_END.sub("", part) for part in _DATE.sub("", f"{path}/").split("/") if part]
        parts = frozenset(query.lower().split("&") if query else ())
        languages = [part for part in segments if _LANGUAGE.fullmatch(part)]
        languages += [part for part in parts if part.partition("=")[0] in _LANGUAGE_NAMES]
        numbers = [found for part in segments if (found := _number(part))]
        last = segments[-1] if segments else ""
        slug = last.replace(_number(last), "").strip("-_")
        return cls(
            path,
            tuple(sorted(languages)),
            tuple(part.lstrip("0") for part in date.groups() if part) if date else (),
            numbers[-1] if numbers else "",
            slug if len(_WORD.findall(slug)) >= _SLUG_WORDS else "",
            parts,
        )

    def names_the_same(self, other: _Marks) -> bool:
        """Tell whether two addresses of one site and language name one report."""
        mine, others = self._ids(), other._ids()
        if self.path == other.path:
            dropped = {part.partition("=")[0] for part in self.query ^ other.query}
            # A script's query is the identity; a slug's or number's can only be a tracker that nobody knows.
            is_told = (
                mine == others != set() if self.path.endswith(_SCRIPT_ENDS) else self.number or self.slug
            )
            is_less = self.query <= other.query or other.query <= self.query
            return bool(is_less and is_told) and _PAGE_NAMES.isdisjoint(dropped)
        if self.query and other.query and mine != others:
            return False
        if any(len(number) >= _LONG for number in mine & others):
            return True
        are_two = mine and others and mine != others
        dates = zip(self.date, other.date, strict=False)
        return not are_two and self.slug == other.slug != "" and all(one == another for one, another in dates)

    def _ids(self) -> frozenset[str]:
        """Return the numbers in the query, else the last one of the path."""
        asked = frozenset(value for part in self.query if (value := _number(part.rpartition("=")[2])))
        return asked or frozenset({self.number} - {""})


def _number(part: str) -> str:
    """Return the number of a report in a segment or value ("70348" of a-slug-70348), or ""; a year is none."""
    found = _NUMBER.search(part)
    number = next(filter(None, found.groups()), "") if found else ""
    return "" if _YEAR.fullmatch(number) else number


def _key_parts(canonical: str) -> tuple[str, str]:
    """Return the host of a plain url_key, and the rest of it: "/" or a path without a slash at its end, the query."""
    rest = canonical.partition("://")[2]
    if "amp" in rest:
        rest = _AMP_CACHE.sub("", rest)
    rest, _, query = rest.partition("?")
    host, _, path = rest.partition("/")
    path = _bare_path(f"/{path}")
    query = _bare_query(query) if query else ""
    return bare_host(host), f"{path}?{query}" if query else path


def _bare_path(path: str) -> str:
    """Return a path without what differs between two addresses of one page."""
    if "%" in path:
        path = _decoded(path)
    if ";" in path:
        path = _PATH_SESSION.sub("", path)
    if "//" in path:
        path = _SLASHES.sub("/", path)
    path = path.rstrip("/")
    for _ in range(_MAX_DRESSES):
        head, _, last = path.rpartition("/")
        last = last.lower()
        if last in _DEFAULT_DOCUMENTS or (head and last in _DRESS_SEGMENTS):
            path = head
    if path.endswith(".amp"):
        path = path[:-4]
    elif path.endswith(".amp.html"):
        path = f"{path[:-9]}.html"
    return path.removeprefix("/amp") if path.startswith("/amp/") else path or "/"


def _bare_query(query: str) -> str:
    """Return a query sorted, without doubles, empty "=" and what only says how the page is to look."""
    if "%" in query:
        query = _decoded(query).replace("%20", "+")
    if "&" not in query:
        return "" if _DRESS.fullmatch(query) or _REFERRAL.fullmatch(query) else query.removesuffix("=")
    kept = {
        part.removesuffix("=")
        for part in query.split("&")
        if not (_DRESS.fullmatch(part) or _REFERRAL.fullmatch(part))
    }
    return "&".join(sorted(kept))


def _decoded(text: str) -> str:
    return _NEEDLESS.sub(lambda match: chr(int(match[0][1:], 16)), text)


def _without_trackers(query: str) -> str:
    return "&".join(part for part in query.split("&") if part and not _TRACKER.fullmatch(part))


def _resolved(path: str) -> str:
    if not path:
        return "/"
    if "/." not in path:
        return path
    resolved = posixpath.normpath(path).replace("//", "/")
    return resolved + "/" if path.endswith(("/", "/.", "/..")) and resolved != "/" else resolved
