import re
import time
import tomllib
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import crawler.sources
from archive.models import Lead, Outcome
from crawler.discovery.rules import LinkKind, LinkRules, in_range
from crawler.discovery.traps import RULE_NAMES, trap
from crawler.sources.model import SourceEntry

HOST = "https://news.example"
ANYTHING = LinkRules(re.compile(r"^https?://news\.example/"))


def catalogue() -> list[SourceEntry]:

    folder = Path(crawler.sources.__file__).parent
    return [SourceEntry(**tomllib.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.toml"))]


REFUSED = [
    ("vote", "/news/article/70632/like"),
    ("vote", "/news/article/70632/dislike/"),
    ("vote", "/2026/01/24/five-killed-in-airstrike/like"),
    ("vote", "/2026/01/24/explainer/dislike"),
    ("vote", "/vote/70632"),
    ("vote", "/article.php?id=5&vote=up"),
    ("vote", "/story/12345/rate.php"),
    ("comment", "/news/article/70632/comments"),
    ("comment", "/2026/01/24/slug-of-a-report/?replytocom=17"),
    ("comment", "/2026/01/24/slug-of-a-report/comment-page-2/"),
    ("comment", "/comment/reply/123"),
    ("comment", "/comment/123"),
    ("search", "/news/search/idlib/2"),
    ("search", "/search?page=3"),
    ("search", "/search.php?word=x"),
    ("search", "/?s=aleppo"),
    ("search", "/en/page/2?s=QUERY&post_date=x"),
    ("search", "/index.php?q=aleppo"),
    ("print", "/news/article/70632/print"),
    ("print", "/2026/01/24/slug-of-a-report/amp/"),
    ("print", "/2026/01/24/slug-of-a-report/?amp=1"),
    ("print", "/2026/01/24/slug-of-a-report/?amp"),
    ("print", "/story-12?output=amp"),
    ("print", "/amp/32943289.html"),
    ("print", "/article/5/pdf"),
    ("print", "/index.php?id=5&tmpl=component"),
    ("login", "/login"),
    ("login", "/en/register"),
    ("login", "/wp-login.php?redirect_to=x"),
    ("login", "/user/login"),
    ("login", "/subscribe/"),
    ("share", "/2026/01/24/slug-of-a-report/?share=facebook"),
    ("share", "/news/article/70632/share"),
    ("calendar", "/events/calendar/2031-05"),
    ("calendar", "/events/?ical=1"),
    ("calendar", "/events/?tribe-bar-date=2026-01-24"),
    ("feed", "/2026/01/24/slug-of-a-report/feed/"),
    ("feed", "/feed/"),
    ("feed", "/news/rss/52/"),
    ("feed", "/rss.php"),
    ("feed", "/index.php?feed=rss2"),
    ("feed", "/sitemap_index.xml"),
    ("feed", "/sitemap-2026.xml.gz"),
    ("media", "/uploads/2026/01/photo.JPG"),
    ("media", "/uploads/2026/01/report.pdf?x=1"),
    ("media", "/video/clip.mp4"),
    ("session", "/news/1?PHPSESSID=0123456789abcdef"),
    ("session", "/news/1;jsessionid=0123456789ABCDEF"),
    ("session", "/news.php?id=5&sid=0123456789abcdef0123456789abcdef"),
    ("trap-depth", "/a/b/a/b/a/b"),
    ("trap-depth", "/x/tag/tag/tag/y"),
    ("trap-depth", "/" + "/".join(f"p{number}" for number in range(13))),
    ("trap-depth", "/?" + "&".join(f"p{number}=1" for number in range(13))),
    ("trap-depth", "/" + "x" * 2_000),
]

HONEST = [
    "/2026/01/24/slug-of-a-report/#respond",  # without its fragment, the report itself
    "/2026/01/24/like-a-war/",
    "/2026/01/24/like/",
    "/2026/01/24/search/",
    "/2026/01/login/",
    "/news/un-rates-the-crisis-as-severe",
    "/2026/01/24/search-and-rescue-teams-reach-derna/",
    "/comment/why-the-truce-failed",
    "/opinion/comment-on-the-truce",
    "/news/print-workers-killed-in-kharkiv",
    "/news/lebanon-votes-under-fire",
    "/share-of-the-blame-in-darfur/",
    "/calendar-of-a-siege/",
    "/feed/view/en/story/2026/09/1168270",
    "/news/feed-the-hungry-of-gaza",
    "/en/?p=171552",
    "/newse.php?nid=5623",
    "/spip.php?article46716",
    "/modules.php?name=News&file=article&sid=171552",
    "/?q=node/123",
    "/2011/11/11/11/",
    "/news/2011/11/11/11-killed-in-homs",
    "/register-of-the-missing-opens-in-damascus",
    "/pdf-leaks-show-orders/",
    "/قوات-النظام-السوري-تعتقل-مدنيين-اثنين-في-ريف-دمشق",
]


@pytest.mark.parametrize(("rule", "path"), REFUSED)
def test_a_trap_is_refused_by_its_name(rule: str, path: str) -> None:
    verdict = ANYTHING.verdict(HOST + path)
    assert (verdict.kind, verdict.rule) == (LinkKind.REFUSED, rule)


@pytest.mark.parametrize("path", HONEST)
def test_a_report_whose_address_looks_like_a_trap_is_an_article(path: str) -> None:
    assert ANYTHING.verdict(HOST + path).kind == "article"


def test_each_rule_is_tested() -> None:
    assert {rule for rule, _ in REFUSED} == set(RULE_NAMES)


@pytest.mark.parametrize("url", [
    "https://www.facebook.com/sharer/sharer.php?u=x", "https://twitter.com/intent/tweet?url=x", "https://t.me/share/url?url=x",
    "https://wa.me/?text=x", "https://api.whatsapp.com/send?text=x",
    "https://www.linkedin.com/shareArticle?mini=true",
])  # fmt: skip
def test_pages_for_sharing_are_refused(url: str) -> None:
    assert ANYTHING.verdict(url).rule == "share"


@pytest.mark.parametrize("url", [
    "mailto:a@b.example", "javascript:void(0)", "", "ftp://news.example/1", "/relative", "https://", "http://[",
    "https://news.example:port/", "tel:+1",
])  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert ANYTHING.verdict(url).rule == "not-http"


def test_the_sources_own_deny_comes_before_the_traps() -> None:
    rules = LinkRules(re.compile("article"), (re.compile(r"/like$"),))
    assert rules.verdict(f"{HOST}/article/70632/like").rule == "source-deny"
    assert rules.verdict(f"{HOST}/article/70632/dislike").rule == "vote"


def test_what_no_rule_knows_is_navigation() -> None:
    assert LinkRules(re.compile(r"/article/\d+$")).verdict(f"{HOST}/about").kind == "other"


def test_the_pattern_may_match_the_canonical_form_or_the_raw_one() -> None:
    strict = LinkRules(re.compile(r"^https://news\.example/article/\d+$"))
    verdict = strict.verdict("HTTPS://News.Example:443/article/5?utm_source=x#top")
    assert (verdict.kind, verdict.url) == ("article", f"{HOST}/article/5")
    arabic = LinkRules(re.compile(r"^https://news\.example/[؀-ۿ-]+$"))
    assert arabic.verdict(f"{HOST}/قصف-على-سراقب").kind == "article"


def test_every_example_of_the_catalogue_is_an_article() -> None:
    wrong = {
        example: verdict
        for entry in catalogue()
        for example in entry.examples
        if (verdict := LinkRules.from_entry(entry).verdict(example)).kind != "article"
    }
    assert wrong == {}


def test_no_feed_sitemap_or_listing_of_the_catalogue_is_an_article() -> None:
    wrong = [
        place
        for entry in catalogue()
        for place in (*entry.feeds, *entry.sitemaps, *entry.listings)
        if LinkRules.from_entry(entry).verdict(place.replace("{page}", "2")).kind == "article"
    ]
    assert wrong == []


@given(st.text(max_size=300))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert ANYTHING.verdict(text).kind in set(LinkKind)


@given(st.text(alphabet="/abl1?&=-.#%;(", max_size=400))
def test_any_path_gets_a_verdict(path: str) -> None:
    assert ANYTHING.verdict(f"{HOST}/{path}").kind in set(LinkKind)


@pytest.mark.parametrize("unit", ["/a", "/a-", "-a", "?", "&a=", "%41", ";", "/1", "(", "//", "/like", "a" ])  # fmt: skip
def test_long_addresses_are_judged_in_no_time(unit: str) -> None:
    started = time.process_time()
    for length in (1_900, 100_000):
        ANYTHING.verdict(f"{HOST}/" + unit * (length // len(unit)))
    assert time.process_time() - started < 3


def test_a_trap_says_nothing_about_an_ordinary_address() -> None:
    assert trap(f"{HOST}/news/article/70632") is None


def lead(*when: int, hours: int = 0) -> Lead:
    moment = datetime(*when, tzinfo=timezone(timedelta(hours=hours))) if when else None  # type: ignore[arg-type]
    return Lead(f"{HOST}/1", "feed", published_hint=moment)


@pytest.mark.parametrize(("found", "outcome"), [
    (lead(2026, 1, 23, 23, 59, 59), Outcome.TOO_OLD),
    (lead(2026, 1, 24), None),
    (lead(2026, 1, 25, 23, 59, 59), None),
    (lead(2026, 1, 26), Outcome.TOO_NEW),
    (lead(2026, 1, 24, 1, hours=3), Outcome.TOO_OLD),  # still the 23rd in UTC
    (lead(2026, 1, 25, 23, hours=-3), Outcome.TOO_NEW),
    (lead(), None),
])  # fmt: skip
def test_the_range_is_of_whole_utc_days_with_both_ends(found: Lead, outcome: Outcome | None) -> None:
    assert in_range(found, date(2026, 1, 24), date(2026, 1, 25)) is outcome


def test_an_open_range_refuses_nothing_on_its_open_side() -> None:
    assert in_range(lead(1999, 1, 1), None, date(2026, 1, 1)) is None
    assert in_range(lead(2099, 1, 1), date(2026, 1, 1), None) is None
    assert in_range(lead(2099, 1, 1), None, None) is None


def test_only_the_date_of_publication_counts() -> None:
    updated = Lead(f"{HOST}/1", "sitemap", modified_hint=datetime(1999, 1, 1, tzinfo=UTC))
    assert in_range(updated, date(2026, 1, 1), date(2026, 1, 2)) is None
