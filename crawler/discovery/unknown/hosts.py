"""Which hosts belong to a site that no catalogue knows: its own one, and its registered domain."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

# Where every name is another's site, though the Public Suffix List does not say so.
_FREE_HOSTS = frozenset(
    {"wordpress.com", "substack.com", "medium.com", "tumblr.com", "wixsite.com", "weebly.com"}
)
# An IP address, or a name that is not on the public internet: the list says nothing of these.
_NOT_PUBLIC = re.compile(r"^\[|\.\d+$|^[^.]*$|\.(?:example|test|invalid|localhost|local|internal)$")


@dataclass(frozen=True, slots=True)
class SiteHosts:
    """The hosts of a site. own: where its reports are; domain: what was registered, where its feeds may be too.

    Both are without `www.`, and with the port where there is one. At the bare domain, every subdomain is the
    site's own; `en.zamanalwsl.net` has none but itself, since `zamanalwsl.net` is another edition.
    """

    own: str
    domain: str

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the hosts of the site whose homepage is at `url`; raises ValueError for what is no URL.

        The registered domain is told by the copy of the Public Suffix List that comes with tldextract: nothing
        is fetched and nothing cached. Names of free hosts (`x.wordpress.com`) are sites of their own.
        """
        own = host_of(url)
        name, colon, port = own.partition(":") if not own.startswith("[") else (own, "", "")
        if _NOT_PUBLIC.search(name):
            labels = name.split(".")
            domain = ".".join(labels[-2:]) if not labels[-1].isdigit() else name
            return cls(own, f"{domain}{colon}{port}")
        from tldextract import TLDExtract  # noqa: PLC0415 - for surveys only; it brings an HTTP client with it

        extract = TLDExtract(
            cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True, include_psl_private_domains=True
        )
        domain = extract.extract_str(name).top_domain_under_public_suffix or name
        if domain in _FREE_HOSTS:
            domain = name
        return cls(own, f"{domain}{colon}{port}")

    def owns(self, url: str) -> bool:
        """Tell whether a URL is on the site itself. Never raises."""
        return _within(url, self.own)

    def is_near(self, url: str) -> bool:
        """Tell whether a URL is on the site's registered domain. Never raises."""
        return _within(url, self.domain)


def host_of(url: str) -> str:
    """Return a URL's host in lower case without `www.` and a final dot, with its port unless it is the usual one.

    Raises ValueError for what is no http(s) URL.
    """
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is not an http or https URL")
    name = parts.hostname.removeprefix("www.").rstrip(".")
    name = f"[{name}]" if ":" in name else name
    return name if parts.port in {None, 80, 443} else f"{name}:{parts.port}"


def _within(url: str, domain: str) -> bool:
    try:
        host = host_of(url)
    except ValueError:
        return False
    return host == domain or host.endswith(f".{domain}")
