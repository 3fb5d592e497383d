"""Canonical URLs: the address of a report without what differs from link to link, and its identity key.

courlan's `clean_url` and w3lib's `canonicalize_url` were tried first. The one drops queries without a value
(`spip.php?article46716` loses the article), the other gives them one (`?article46716=`), so each would change
which page is asked for. Here only what is known to be a tracker goes, and the rest stays as the site wrote it.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import urlsplit, urlunsplit

from w3lib.url import safe_url_string

# Parameters that say where a reader came from, never what is to be read.
_TRACKER = re.compile(
    r"^(?:utm_\w+|at_(?:medium|campaign|custom\d)|mc_[ce]id|pk_\w+|mtm_\w+|_ga|_gl|(?:fb|g|dc|y|ms|tw|igsh)clid"
    r"|igsh(?:id)?|wbraid|gbraid|ocid|cmpid|ns_(?:campaign|mchannel|source)|traffic_source|_hs(?:enc|mi)|spm"
    r"|ref_(?:src|url)|ftag|guccounter|guce_\w+)$",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(url: str) -> str:
    """Return `url` in the form in which it is fetched, shown and stored.

    Trackers, default ports, fragments and `..` go, the host is lower-cased, percent-encoding made uniform.
    Every other part of the query stays as it is and where it is: on many sites it is the identity
    (`?p=171552`, `spip.php?article46716`). Raises ValueError for what is no http(s) URL.
    """
    parts = urlsplit(_ESCAPE.sub(lambda match: match[0].upper(), safe_url_string(url.strip())))
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is not an http or https URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if parts.port in {None, _DEFAULT_PORTS[scheme]} else f"{host}:{parts.port}"
    return urlunsplit((scheme, netloc, _resolved(parts.path), _without_trackers(parts.query), ""))


def url_key(url: str) -> str:
    """Return the key under which all spellings of a canonical URL are one report.

    Like the urlkey of a CDX index: without scheme, `www.` and trailing slash, the query sorted.
    Never fetched, only compared. Raises ValueError as `canonical_url` does.
    """
    return key_of(canonical_url(url))


def key_of(canonical: str) -> str:
    """Return the url_key of what `canonical_url` returned, without canonicalising it once more."""
    parts = urlsplit(canonical)
    host = parts.netloc.removeprefix("www.").replace(".:", ":").removesuffix(".")
    path = parts.path.rstrip("/") or "/"
    return f"{host}{path}?{'&'.join(sorted(parts.query.split('&')))}" if parts.query else f"{host}{path}"


def _without_trackers(query: str) -> str:
    return "&".join(part for part in query.split("&") if part and not _TRACKER.match(part.split("=", 1)[0]))


def _resolved(path: str) -> str:
    if not path:
        return "/"
    if "/." not in path:
        return path
    resolved = posixpath.normpath(path).replace("//", "/")
    return resolved + "/" if path.endswith(("/", "/.", "/..")) and resolved != "/" else resolved
