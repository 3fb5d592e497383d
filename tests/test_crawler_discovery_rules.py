import pickle
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
from archive.urls import Identity, canonical_url
from crawler.discovery.rules import MAX_REFUSED, LinkKind, LinkRules, address_days, in_range, sort_out
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
    ("print", "/show.php?id=5&layout=print"),
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
    ("calendar", "/2031/12/"),
    ("calendar", "/1950/01/24/"),
    ("calendar", "/en/archives/2031/12/"),
    ("calendar", "/events/2031-12/"),
    ("calendar", "/events/month/2031-12-05"),
    ("calendar", "/?year=2031&month=12"),
    ("calendar", "/archive.php?yyyy=2031&mm=12&dd=5&lang=ar"),
    ("calendar", "/?m=203112"),
    ("calendar", "/en/?m=20311205"),
    ("feed-in-feed", "/2026/01/24/slug-of-a-report/feed/"),
    ("feed-in-feed", "/2026/01/24/slug/feed/atom/"),
    ("feed-in-feed", "/731869/feed/"),
    ("feed-in-feed", "/five-killed-in-an-airstrike-on-saraqeb/feed/"),
    ("feed-in-feed", "/2026/01/24/feed/"),
    ("feed-in-feed", "/comments/feed/"),
    ("feed-in-feed", "/?feed=rss2&p=5"),
    ("feed-in-feed", "/?feed=comments-rss2"),
    ("feed", "/category/news-of-the-war-in-syria/feed/"),
    ("feed", "/press-releases/feed/"),
    ("feed", "/en/news/region/middle-east/feed/rss.xml"),
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
    ("session", "/news/1?session-id=5"),
    ("session", "/(S(0123456789abcdefghijklmn))/news/1"),
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
    "/briefing/2026/01/24",
    "/monthly-report/2026/01/",
    "/reports/2026-01",
    "/2005/1",
    "/article/2005/12",
    "/story/2018/12/1029111",
    "/show.php?year=2026&month=1&id=5",
    "/show.php?m=200512",
    "/events/2031-a-film-about-the-war",
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


MIRRORED = LinkRules(
    re.compile(r"^https?://(?:www\.)?news\.example/(?:[a-z]+/)?\d+/?$"),
    (re.compile(r"news\.example/video/"),),
    Identity(("news.example", "mirror.example", "127.0.0.1"), re.compile(r"/(\d+)$")),
    "www.news.example",
)


@pytest.mark.parametrize(("url", "key"), [
    ("https://www.news.example/syria/70348/", "news.example#70348"),
    ("http://mirror.example/70348", "news.example#70348"),
    ("http://www.mirror.example./iraq/70348?utm_source=x", "news.example#70348"),
    ("https://news.example/70348#respond", "news.example#70348"),
])  # fmt: skip
def test_an_article_has_the_key_of_its_source_on_all_its_hosts(url: str, key: str) -> None:
    verdict = MIRRORED.verdict(url)
    assert (verdict.kind, verdict.key, verdict.url) == (LinkKind.ARTICLE, key, canonical_url(url))


@pytest.mark.parametrize("url", [
    "https://other.example/70348", "https://sub.mirror.example/70348", "https://mirror.example:8080/70348",
    "https://mirror.example/about", "https://mirror.example/video/70348", "https://news.example/70348/like",
])  # fmt: skip
def test_only_an_article_has_a_key(url: str) -> None:
    assert MIRRORED.verdict(url).kind is not LinkKind.ARTICLE
    assert MIRRORED.verdict(url).key is None


def found(*urls: str) -> list[Lead]:
    return [Lead(url, "sitemap", title_hint=str(number)) for number, url in enumerate(urls)]


def test_leads_are_sorted_out_each_report_once() -> None:
    leads = found(
        "http://mirror.example/70348?utm_source=x",
        "https://news.example/70348",
        "https://news.example/5/like",
        "https://news.example/video/7",
        "https://news.example/about",
        "https://news.example/70349/",
        "https://news.example/6/like",
    )
    result = sort_out(leads, MIRRORED)
    assert list(result.reports) == ["news.example#70348", "news.example#70349"]
    first = result.reports["news.example#70348"]
    assert first == Lead("http://mirror.example/70348", "sitemap", title_hint="0", key="news.example#70348")
    assert result.refused == {
        "vote": ("https://news.example/5/like", "https://news.example/6/like"),
        "source-deny": ("https://news.example/video/7",),
    }
    assert (result.refused_counts, result.other) == ({"vote": 2, "source-deny": 1}, 1)


def test_what_is_kept_of_the_refused_is_bounded_and_all_are_counted() -> None:
    result = sort_out(found(*(f"{HOST}/{number}/like" for number in range(MAX_REFUSED + 5))), ANYTHING)
    assert len(result.refused["vote"]) == MAX_REFUSED
    assert result.refused_counts == {"vote": MAX_REFUSED + 5}


def test_rules_and_what_they_sorted_out_can_be_sent_to_another_process() -> None:
    leads = found("https://news.example/70348", "https://news.example/5/like")
    sent = pickle.loads(pickle.dumps((leads, MIRRORED)))  # noqa: S301 - our own
    assert sent[1] == MIRRORED
    result = sort_out(*sent)
    assert pickle.loads(pickle.dumps(result)) == result == sort_out(leads, MIRRORED)  # noqa: S301 - our own


def test_a_large_sitemap_is_sorted_out_in_little_time() -> None:
    leads = found(*(f"{HOST}/2026/01/24/a-report-of-that-day-{number}/" for number in range(20_000)))
    started = time.process_time()
    assert len(sort_out(leads, ANYTHING).reports) == 20_000
    assert time.process_time() - started < 10  # 0.5 measured; what grows with the square would take minutes


def test_the_rules_of_an_entry_know_its_mirrors() -> None:
    rules = LinkRules.from_entry(next(entry for entry in catalogue() if entry.id == "sana"))
    keys = {rules.verdict(f"https://{host}/en/?p=171552").key
            for host in ("sana.sy", "www.sana.sy.", "archive.sana.sy", "sananews.online", "sana-syria.org")}  # fmt: skip
    assert keys == {"sana.sy/en?p=171552"}


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


@pytest.mark.parametrize(("path", "first", "last"), [
    ("/2026/01/24/slug", date(2026, 1, 24), date(2026, 1, 24)),
    ("/news/2025/5/29/slug", date(2025, 5, 29), date(2025, 5, 29)),
    ("/news/20260124-slug", date(2026, 1, 24), date(2026, 1, 24)),
    ("/2026-01-24-slug.html", date(2026, 1, 24), date(2026, 1, 24)),
    ("/2026-1-4/slug", date(2026, 1, 4), date(2026, 1, 4)),
    ("/archives/2026/02/slug/", date(2026, 2, 1), date(2026, 2, 28)),
    ("/story/2018/12/1029111", date(2018, 12, 1), date(2018, 12, 31)),
    ("/news4/2020/Feb/179408/slug.aspx", date(2020, 2, 1), date(2020, 2, 29)),
])  # fmt: skip
def test_the_days_that_an_address_names(path: str, first: date, last: date) -> None:
    assert address_days(HOST + path) == (first, last)


@pytest.mark.parametrize("path", [
    "/news/70632", "/a-look-back-at-2023-10-07", "/2026/13/slug", "/2026/02/31/slug", "/20260124123456.html", "/2026/",
    "/?date=/2026/01/24/", "/20269999-slug", "/1234/56/slug", "#/2026/01/24/", "/٢٠٢٦/٠١/٢٤/",
])  # fmt: skip
def test_what_is_no_date_of_publication_is_none(path: str) -> None:
    assert address_days(HOST + path) is None


@pytest.mark.parametrize(("path", "outcome"), [
    ("/2026/01/22/slug", Outcome.TOO_OLD),
    ("/2026/01/23/slug", None),  # may be the 24th in UTC
    ("/2026/01/26/slug", None),
    ("/2026/01/27/slug", Outcome.TOO_NEW),
    ("/2025/12/slug", Outcome.TOO_OLD),
    ("/2026/01/slug", None),
    ("/2026/02/slug", Outcome.TOO_NEW),
    ("/slug", None),
])  # fmt: skip
def test_an_address_is_outside_by_more_than_a_day(path: str, outcome: Outcome | None) -> None:
    undated = Lead(HOST + path, "sitemap", modified_hint=datetime(2026, 1, 24, tzinfo=UTC))
    assert in_range(undated, date(2026, 1, 24), date(2026, 1, 25)) is outcome


def test_a_month_that_ends_on_the_eve_is_not_outside() -> None:
    december = Lead(f"{HOST}/2025/12/slug", "sitemap")
    assert in_range(december, date(2026, 1, 1), None) is None
    assert in_range(december, date(2026, 1, 2), None) is Outcome.TOO_OLD
    assert in_range(december, None, date(2025, 11, 30)) is None
    assert in_range(december, None, date(2025, 11, 29)) is Outcome.TOO_NEW


def test_what_a_feed_says_comes_before_the_address() -> None:
    told = Lead(f"{HOST}/2020/01/01/slug", "feed", published_hint=datetime(2026, 1, 24, tzinfo=UTC))
    assert in_range(told, date(2026, 1, 24), date(2026, 1, 24)) is None


def test_the_ends_of_the_calendar_are_no_error() -> None:
    assert in_range(lead(2026, 1, 24), date.min, date.max) is None
    assert in_range(Lead(f"{HOST}/2099/12/31/x", "feed"), date.min, date.max) is None


@given(st.text(alphabet="/0129-_abjnJ", max_size=60))
def test_any_path_has_days_or_none(path: str) -> None:
    days = address_days(f"{HOST}/{path}")
    assert days is None or days[0] <= days[1]
