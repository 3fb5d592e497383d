"""The catalogue's entries themselves: every file loads, and every pattern knows its own articles only."""

from __future__ import annotations

import re
import time
from collections import Counter
from itertools import chain
from urllib.parse import urlsplit

import pytest

from archive.urls import bare_host, canonical_url
from crawler.discovery.rules import LinkKind, LinkRules
from crawler.sources.loader import load_catalogue
from crawler.sources.model import SourceEntry

IDS = set(
    """
    8am 972mag acled actualite-cd addisstandard airwars aljazeera-en almanar-en amnesty amutv anadolu anf-en
    criticalthreats crisisgroup dabanga-en darfur24-en dvb-en enabbaladi-ar enabbaladi-en garowe hiiraan hrw
    humangle icrc interfax-ua irrawaddy isw khaama kyivindependent lbci levant24 lorienttoday meduza-en
    middleeasteye mizzima-en msf myanmarnow-en newhumanitarian nna-lebanon northpress ochaopt pajhwok
    pravda-ua-en radiookapi radiotamazuj-en reliefweb rferl saba-ye sabanew sana snhr sohr-en south24
    studiotamani sudantribune suspilne syriatv tass-en timesofisrael tolonews ukrinform-en unnews unocha
    wafa-en zamanalwsl-ar zamanalwsl-en
    """.split()  # noqa: SIM905 - seven lines to read, not sixty-six
)

# Shapes that no example shows, for the sources whose examples are few or none.
ARTICLES = [
    ("darfur24-en", "https://darfur24.com/en/2026/01/24/five-killed-in-drone-strike-on-el-fasher/"),
    ("darfur24-en", "https://www.darfur24.com/en/2025/11/02/rsf-shells-camp"),
    ("suspilne", "https://suspilne.media/327144-pismennika-volodimira-vakulenka-vbili/"),
    ("suspilne", "https://suspilne.media/kharkiv/327144-obstril-harkova/"),
    ("levant24", "https://levant24.com/news/national/2025/03/constitutional-declaration-signed/"),
    ("lbci", "https://www.lbcgroup.tv/news/lebanon-news/958443/israeli-patrol/en?utm_source=Rss&src=rss"),
    ("sana", "https://sana.sy./en/?p=171552"),
    ("nna-lebanon", "https://www.nna-leb.gov.lb/ar/security-law/600560/قصف-على-بلدة"),
    ("ukrinform-en", "https://www.ukrinform.ua/rubric-ato/4076257-obstril-hersona.html"),
    ("tolonews", "https://tolonews.com/index.php/afghanistan-180992"),
    ("aljazeera-en", "https://www.aljazeera.com/news/2026/7/9/un-probe-finds-killings?traffic_source=rss"),
    ("radiookapi", "https://www.radiookapi.net/2026/10/07/actualite/securite/poursuite-des-combats#"),
    ("hrw", "https://www.hrw.org/report/2026/03/01/they-came-at-night/abuses-in-darfur"),
    ("snhr", "https://news.snhr.org/2026/01/24/two-civilians-killed-in-idlib/"),
    ("amnesty", "https://www.amnesty.org/en/documents/MDE24/6701/2023/en/"),
]

NOT_ARTICLES = [
    ("zamanalwsl-en", "https://en.zamanalwsl.net/news/article/65995/like"),
    ("zamanalwsl-en", "https://en.zamanalwsl.net/news/article/65995/dislike"),
    ("zamanalwsl-en", "https://en.zamanalwsl.net/news/articles/1/2"),
    ("zamanalwsl-en", "https://en.zamanalwsl.net/news/search/saraqeb"),
    ("zamanalwsl-ar", "https://www.zamanalwsl.net/news/article/63792/like"),
    ("zamanalwsl-ar", "https://leaks.zamanalwsl.net/martyrs.php"),
    ("enabbaladi-en", "https://english.enabbaladi.net/archives/category/security/"),
    ("enabbaladi-ar", "https://www.enabbaladi.net/731869/feed/"),
    ("syriatv", "https://www.syria.tv/سياسة-الخصوصية"),
    ("syriatv", "https://www.syria.tv/tag/قوات-النظام-السوري-في-حلب"),
    ("ukrinform-en", "https://www.ukrinform.net/amp/rubric-ato/4076257-russian-shelling.html"),
    ("meduza-en", "https://meduza.io/en/live/2026/09/25/the-war-day-by-day"),
    ("rferl", "https://www.rferl.org/amp/32943289.html"),
    ("sudantribune", "https://sudantribune.com/articlecategory/news/"),
    ("aljazeera-en", "https://www.aljazeera.com/news/liveblog/2026/7/9/live-israel-bombs-gaza"),
    ("timesofisrael", "https://www.timesofisrael.com/liveblog-july-9-2026/"),
    ("timesofisrael", "https://blogs.timesofisrael.com/what-i-think-about-the-war/"),
    ("middleeasteye", "https://www.middleeasteye.net/live-blog/gaza-live-update"),
    ("myanmarnow-en", "https://myanmar-now.org/en/news/feed/"),
    ("radiookapi", "https://www.radiookapi.net/2026/10/07/emissions/dialogue/la-paix-a-l-est"),
    ("crisisgroup", "https://www.crisisgroup.org/africa/sahel/mali"),
    ("crisisgroup", "https://www.crisisgroup.org/crisiswatch"),
    ("msf", "https://www.msf.org/democratic-republic-congo"),
    ("hrw", "https://text.hrw.org/news/2026/09/15/yemen-new-attacks-by-houthi"),
    ("criticalthreats", "https://www.criticalthreats.org/analysis/ctp-iran-updates"),
]

# Two addresses of one report, of what makes a second one at each source.
SAME = [
    ("sana", "https://sana.sy/en/?p=171552", "http://archive.sana.sy/en/?p=171552"),
    ("sana", "https://sana.sy./en/?p=171552", "https://sananews.online/en/?p=171552"),
    ("sana", "https://www.sana.sy/en/?p=171552", "https://www.sana-syria.org/en/?p=171552"),
    ("enabbaladi-ar", "https://www.enabbaladi.net/731869/", "https://enabbaladi.net/731869/قصف-على-إدلب"),
    ("snhr", "https://snhr.org/2019/12/25/death-in-detention/", "https://news.sn4hr.org/2019/12/25/death-in-detention/"),
    ("ukrinform-en", "https://www.ukrinform.net/rubric-ato/4076257-a-b.html", "https://www.ukrinform.net/amp/rubric-ato/4076257-a-b.html"),
    ("anadolu", "https://www.aa.com.tr/en/middle-east/a-b-c/4061098", "https://www.aa.com.tr/en/world/d-e-f/4061098"),
    ("anf-en", "https://anfenglishmobile.com/rojava-syria/a-70348", "https://anfenglish.com/rojava-syria/a-70348"),
    ("hiiraan", "https://www.hiiraan.com/news4/2021/Jan/181319/a.aspx", "https://arabic.hiiraan.com/news4/2021/Jan/181319/a.aspx"),
    ("lbci", "https://www.lbcgroup.tv/news/lebanon-news/958443/a/en?src=rss", "https://www.lbcgroup.tv/news/war/958443/b/en"),
    ("lorienttoday", "https://today.lorientlejour.com/article/1501467/a.html", "https://today.lorientlejour.com/article/1501467/b.html"),
    ("nna-lebanon", "https://nna-leb.gov.lb/ar/news/short/543718", "https://www.nna-leb.gov.lb/ar/security-law/543718/قصف"),
    ("isw", "https://www.understandingwar.org/backgrounder/iran-update-june-1-2023", "https://understandingwar.org/research/middle-east/iran-update-june-1-2023/"),
    ("newhumanitarian", "https://www.thenewhumanitarian.org/news/2018/04/06/a-b", "http://www.irinnews.org/news/2018/04/06/a-b"),
    ("rferl", "https://www.rferl.org/a/some-slug/32943289.html", "https://www.rferl.org/amp/32943289.html"),
    ("suspilne", "https://suspilne.media/327144-a-b/", "https://suspilne.media/kharkiv/327144-a-b/"),
    ("tolonews", "https://tolonews.com/index.php/afghanistan-180992", "https://tolonews.com/afghanistan-180992"),
    ("unnews", "https://news.un.org/feed/view/en/story/2026/09/1168270", "https://news.un.org/en/story/2026/09/1168270"),
    ("amnesty", "https://www.amnesty.org/en/documents/MDE15/6701/2023/en/", "https://www.amnesty.org/en/documents/mde15/6701/2023/en/"),
]  # fmt: skip

# And two reports whose addresses differ by little.
DIFFERENT = [
    ("zamanalwsl-en", "https://en.zamanalwsl.net/news/article/65995", "https://www.zamanalwsl.net/news/article/65995"),
    ("zamanalwsl-ar", "https://www.zamanalwsl.net/news/article/65995", "https://en.zamanalwsl.net/news/article/65995"),
    ("sana", "https://sana.sy/en/?p=171552", "https://sana.sy/?p=171552"),
    ("sana", "https://sana.sy/en/?p=2289847", "https://sana.sy/fr/?p=2289847"),
    ("ukrinform-en", "https://www.ukrinform.net/rubric-ato/4076257-a.html", "https://www.ukrinform.ua/rubric-ato/4076257-a.html"),
    ("anadolu", "https://www.aa.com.tr/en/world/a/4061098", "https://www.aa.com.tr/tr/world/a/4061098"),
    ("lbci", "https://www.lbcgroup.tv/news/war/958443/a/en", "https://www.lbcgroup.tv/news/war/958443/a/ar"),
    ("nna-lebanon", "https://nna-leb.gov.lb/ar/news/short/543718", "https://nna-leb.gov.lb/en/news/short/543718"),
    ("tolonews", "https://tolonews.com/fa/afghanistan-180992", "https://tolonews.com/afghanistan-180992"),
    ("unnews", "https://news.un.org/ar/story/2026/09/1168270", "https://news.un.org/en/story/2026/09/1168270"),
    ("pravda-ua-en", "https://www.pravda.com.ua/eng/news/2026/10/06/8056667/", "https://www.pravda.com.ua/rus/news/2026/10/06/8056667/"),
    ("interfax-ua", "https://en.interfax.com.ua/news/general/959309.html", "https://interfax.com.ua/news/general/959309.html"),
    ("saba-ye", "https://www.saba.ye/en/news3445018.htm", "https://www.saba.ye/ar/news3445018.htm"),
    ("sudantribune", "https://sudantribune.com/spip.php?article46716", "https://sudantribune.com/article/46716"),
    ("south24", "https://south24.net/news/newse.php?nid=5623", "https://south24.net/news/news.php?nid=5623"),
    ("amutv", "https://amu.tv/fa/228889/", "https://amu.tv/228889/"),
    ("snhr", "https://snhr.org/blog/2019/12/25/a-b/", "https://snhr.org/2019/12/25/a-b/"),
]  # fmt: skip

# `demo` is the embedded site: it has tests of its own and lives at no fixed address.
CATALOGUE = {name: entry for name, entry in load_catalogue().entries.items() if name != "demo"}
ENTRIES = [pytest.param(entry, id=name) for name, entry in CATALOGUE.items()]


def _is_article(entry: SourceEntry, url: str) -> bool:
    denied = any(re.search(rule, url) for rule in entry.deny)
    return not denied and re.search(entry.article_pattern, url) is not None


def test_every_source_with_a_known_article_address_is_there() -> None:
    assert len(IDS) == 66
    assert set(CATALOGUE) >= IDS


def test_the_outlet_is_found_under_the_spelling_that_readers_use() -> None:
    catalogue = load_catalogue()
    assert catalogue.get("zamanalwasl-en") is catalogue.get("zamanalwsl-en")
    assert catalogue.get("zamanalwasl-ar") is catalogue.get("zamanalwsl-ar")


@pytest.mark.parametrize("entry", ENTRIES)
def test_pattern_matches_whole_addresses(entry: SourceEntry) -> None:
    # Without both anchors, /news/article/1/like would be an article wherever /news/article/1 is.
    assert entry.article_pattern.removeprefix("(?i)").startswith("^https?://")
    assert entry.article_pattern.endswith("$")
    for url in entry.examples:
        assert not re.search(entry.article_pattern, url.rstrip("/") + "/like/it/not/x?y=z")


@pytest.mark.parametrize("entry", ENTRIES)
def test_examples_are_articles_of_this_source_alone(entry: SourceEntry) -> None:
    shapes = [url for name, url in ARTICLES if name == entry.id]
    assert entry.examples or shapes, "nothing shows what an article's address looks like"
    for url in [*entry.examples, *map(canonical_url, entry.examples), *map(canonical_url, shapes)]:
        assert [name for name, other in CATALOGUE.items() if re.search(other.article_pattern, url)] == [
            entry.id
        ]
        assert _is_article(entry, url)


@pytest.mark.parametrize(("name", "url"), NOT_ARTICLES)
def test_traps_are_no_articles(name: str, url: str) -> None:
    assert not _is_article(CATALOGUE[name], canonical_url(url))


@pytest.mark.parametrize(("name", "one", "other"), SAME)
def test_two_addresses_of_a_report_have_one_key(name: str, one: str, other: str) -> None:
    identity = CATALOGUE[name].record().identifier()
    assert identity.key(one) == identity.key(other)
    assert LinkRules.from_entry(CATALOGUE[name]).verdict(one).kind is LinkKind.ARTICLE


@pytest.mark.parametrize(("name", "one", "other"), DIFFERENT)
def test_two_reports_have_two_keys(name: str, one: str, other: str) -> None:
    identity = CATALOGUE[name].record().identifier()
    assert identity.key(one) != identity.key(other)


@pytest.mark.parametrize(
    "entry", [entry for entry in CATALOGUE.values() if entry.domains], ids=lambda entry: entry.id
)
def test_a_report_at_a_mirror_is_a_report(entry: SourceEntry) -> None:
    rules = LinkRules.from_entry(entry)
    url = next(url for name, one, other in SAME if name == entry.id for url in (one, other))
    parts = urlsplit(url)
    for domain in entry.domains:
        assert rules.verdict(parts._replace(netloc=domain).geturl()).kind is LinkKind.ARTICLE


def test_no_two_sources_claim_a_host() -> None:
    hosts = Counter(host for entry in CATALOGUE.values() for host in entry.domains)
    hosts.update({bare_host(urlsplit(entry.homepage).netloc) for entry in CATALOGUE.values()})
    assert [host for host, count in hosts.items() if count > 1] == []


def test_no_two_examples_of_the_catalogue_have_one_key() -> None:
    keys = Counter(
        entry.record().identifier().key(url) for entry in CATALOGUE.values() for url in entry.examples
    )
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("entry", ENTRIES)
def test_patterns_are_quick_on_hostile_addresses(entry: SourceEntry) -> None:
    # A pattern that backtracks over and over would take seconds here.
    began = time.process_time()
    for part in ("a", "-", "a-", "1", "%D9%82-", "/a", "a/1-"):
        for url in entry.examples or ("https://www.darfur24.com/en/",):
            hostile = url.rsplit("/", 1)[0] + "/" + part * 3_000 + "\x00?"
            assert not re.search(entry.article_pattern, hostile)
            assert not any(re.search(rule, "https://x.org/" + part * 3_000) for rule in entry.deny)
    assert time.process_time() - began < 4


@pytest.mark.parametrize("entry", ENTRIES)
def test_endpoints_are_addresses_and_no_articles(entry: SourceEntry) -> None:
    endpoints = [*entry.feeds, *entry.sitemaps, *(url.replace("{page}", "2") for url in entry.listings)]
    assert endpoints
    for url in endpoints:
        assert canonical_url(url).startswith(("http://", "https://"))
        assert not _is_article(entry, canonical_url(url))
        assert not any(re.search(rule, url) for rule in entry.deny), "an endpoint must not be denied"
        assert not re.search(r"\b[A-Z]{3,}\b|[<>]", url), "a placeholder was left in"


def test_no_two_sources_share_an_endpoint() -> None:
    endpoints = Counter(chain.from_iterable((*e.feeds, *e.sitemaps, *e.listings) for e in CATALOGUE.values()))
    assert [url for url, count in endpoints.items() if count > 1] == []


def test_no_two_sources_share_a_home_page() -> None:
    assert len({entry.homepage for entry in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize("entry", ENTRIES)
def test_entry_says_who_publishes_and_that_nothing_was_tried_live(entry: SourceEntry) -> None:
    assert entry.verified is False
    assert entry.private is False
    assert entry.time_zone is not None
    assert entry.notes == entry.notes.strip() != ""
    assert "  " not in entry.notes
    assert len(entry.notes) < 600


def test_the_source_of_an_article_is_found_by_its_address() -> None:
    catalogue = load_catalogue()
    for entry in CATALOGUE.values():
        for url in entry.examples:
            assert catalogue.for_url(url) is catalogue.entries[entry.id]
