"""Under which address a page's report is archived, if it is one of its source's at all."""

from __future__ import annotations

from urllib.parse import urlsplit

from archive.models import Extraction
from archive.urls import Identity, bare_host, believable_canonical, canonical_url
from crawler.discovery.rules import LinkKind, Rules


def report_address(
    url: str, extraction: Extraction, *, rules: Rules, identity: Identity, homepage: str
) -> str | None:
    """Return the canonical URL of a report that was found at `url` in the end; None if it's none of this source.

    It's of the source by its address, or else by its host and its own word: so a site that changes its addresses is
    still archived, and its front page is not taken for a report. What the page calls its canonical URL is taken if
    that is to be believed.
    """
    verdict = rules.verdict(url)
    if verdict.kind is not LinkKind.ARTICLE and not (extraction.says_article and _is_at_home(url, homepage)):
        return None
    declared = extraction.canonical_url
    if declared and declared != url:
        is_report = rules.verdict(declared).kind is LinkKind.ARTICLE
        if is_report and believable_canonical(declared, url, identity):
            return canonical_url(declared)
    return verdict.url or canonical_url(url)


def _is_at_home(url: str, homepage: str) -> bool:
    host, home = (bare_host(urlsplit(each).hostname or "") for each in (url, homepage))
    return host == home or host.endswith(f".{home}") or home.endswith(f".{host}")
