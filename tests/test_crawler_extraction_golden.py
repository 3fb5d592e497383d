"""Whole pages, block by block: each layout of the demo site against files that were read by a person.

    python tests/test_crawler_extraction_golden.py

writes `tests/golden/` anew from the pages as they are extracted now: read what changed before you keep it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from archive.models import BlockKind, Extraction, TextBlock
from crawler.demo.pages import BASE
from crawler.demo.reports import Block, Report, load_odd_pages, load_reports
from crawler.demo.site import Site
from crawler.extraction.article import extract_article
from crawler.extraction.body.typed import IN_BODY, body_of
from crawler.extraction.page import Hints

Extracted = Callable[[str], Extraction]
GOLDEN = Path(__file__).parent / "golden"
SEED = Path(__file__).parents[2] / "shared" / "seed"
NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)
# Name of the file → address: one or more of each layout, language and kind of page.
PAGES = {
    "classic-en": "/en/news/article/121515/",
    "classic-ar-windows-1256": "/ar/news/article/88331",
    "classic-ar-posts": "/ar/news/article/88353",
    "classic-ar-hours": "/ar/news/article/88368",
    "classic-ar-teaser": "/ar/news/article/88372",
    "classic-ar-video": "/ar/news/article/88359",
    "world-report": "/world/2025/11/17/rakhine-village-airstrike-monks/",
    "world-list": "/world/2025/12/29/mali-convoy-ambush-figures/",
    "world-feature": "/world/2025/12/24/feature-pharmacist-of-nyala/",
    "world-table": "/world/2026/01/02/drone-attacks-sudan-table-of-victims/",
    "world-live": "/world/2026/01/11/live-aid-convoy-zalingei/",
    "world-teaser": "/world/2026/01/16/inside-the-tunnels-of-kostiantynivka/",
    "world-video": "/world/2026/01/08/video-bridge-collapse-moments/",
    "world-gallery": "/world/2025/12/27/in-pictures-winter-in-the-camps/",
    "ru-table": "/ru/news/410431-svodka-po-oblastyam-za-nedelyu.html",
    "ru-live": "/ru/news/410539-den-evakuatsii-po-chasam.html",
    "ru-teaser": "/ru/news/410560-chetyre-pisma-iz-plena.html",
    "ru-gallery": "/ru/news/410517-foto-dnya-v-ubezhishche.html",
    "uk-posts": "/ru/news/410471-druhyi-udar-po-ryatuvalnykakh.html",
    "uk-table": "/ru/news/410488-vtraty-tsyvilnykh-za-hruden.html",
}
KINDS = {
    "paragraph": BlockKind.PARAGRAPH,
    "heading": BlockKind.HEADING,
    "item": BlockKind.LIST_ITEM,
    "row": BlockKind.TABLE_ROW,
    "quote": BlockKind.QUOTE,
}


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(1)


@pytest.fixture(scope="module")
def extracted(site: Site) -> Extracted:
    """Extracts a page, each once."""
    return cache(lambda path: extract(site, path))


def extract(site: Site, path: str) -> Extraction:
    answer = site.answer(path)
    hints = Hints(languages=("en", "ar", "ru"))
    return extract_article(
        answer.body, url=BASE + path, content_type=answer.content_type, fetched_at=NOW, hints=hints
    )


def as_golden(path: str, extraction: Extraction) -> dict[str, Any]:
    article = extraction.article
    if article is None:
        return {"path": path, "reason": extraction.reason}
    return {
        "path": path,
        "title": article.title,
        "language": article.language,
        "blocks": [as_line(block) for block in article.blocks],
    }


def as_line(block: TextBlock) -> dict[str, Any]:
    line: dict[str, Any] = {"kind": block.kind.value, "in_body": block.in_body, "text": block.text}
    if block.url:
        line["url"] = block.url
    if block.at:
        line["at"] = block.at.isoformat()
    return line


def test_every_golden_file_is_compared() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == PAGES.keys()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_gives_what_a_person_read_on_it(extracted: Extracted, name: str) -> None:
    golden = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert as_golden(PAGES[name], extracted(PAGES[name])) == golden


def test_the_golden_files_show_every_kind_of_block() -> None:
    files = [json.loads(file.read_text(encoding="utf-8")) for file in GOLDEN.glob("*.json")]
    blocks = [block for file in files for block in file.get("blocks", ())]
    assert {block["kind"] for block in blocks} == set(BlockKind)
    assert all(block["in_body"] == IN_BODY[BlockKind(block["kind"])] for block in blocks)
    assert {file["language"] for file in files if "language" in file} == {"en", "ar", "ru", "uk"}
    assert {file["reason"] for file in files if "reason" in file} == {"video", "gallery"}


@pytest.mark.parametrize(
    "report", [report for report in load_reports(1) if report.page != "huge"], ids=lambda report: report.id
)
def test_every_block_of_the_demo_site_is_of_the_kind_that_it_was_written_as(
    extracted: Extracted, report: Report
) -> None:
    article = extracted(report.path).article
    assert article is not None
    assert [(block.kind, block.text, block.url) for block in article.blocks] == list(written(report))
    assert body_of(article.blocks) == article.body


@pytest.mark.parametrize("odd", [odd for odd in load_odd_pages() if odd.texts], ids=lambda odd: odd.path)
def test_a_page_for_a_video_or_pictures_is_no_report(extracted: Extracted, odd: Any) -> None:
    assert extracted(odd.path).reason == odd.kind


@pytest.mark.parametrize("word", ["قتـــلى", "ق.صف", "إر*هاب", "fata*lities", "k!lled"])
def test_a_word_that_was_made_unreadable_for_machines_stays_as_it_is(extracted: Extracted, word: str) -> None:
    path = PAGES["world-feature" if word.isascii() else "classic-ar-posts"]
    article = extracted(path).article
    assert article is not None
    assert f'"{word}"' in article.body


@pytest.mark.skipif(not SEED.is_dir(), reason="the reference page is not there")
def test_the_reference_page_paragraph_by_paragraph() -> None:
    expected = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))
    article = extract_article(
        (SEED / "article.html").read_bytes(), url=expected["url"], content_type="text/html", fetched_at=NOW,
        hints=Hints(),
    ).article  # fmt: skip
    assert article is not None
    assert [block.text for block in article.blocks] == expected["body_paragraphs"]
    assert all(block.in_body for block in article.blocks)
    headings = [number for number, block in enumerate(article.blocks) if block.kind is BlockKind.HEADING]
    assert headings == [13]
    assert {block.kind for block in article.blocks} == {BlockKind.HEADING, BlockKind.PARAGRAPH}


def written(report: Report) -> Iterator[tuple[BlockKind, str, str | None]]:
    """What the page of a report shows of it, by the report's source."""
    if report.section == "world":
        yield BlockKind.STANDFIRST, report.standfirst, None
        if report.caption:
            yield BlockKind.CAPTION, f"{report.caption} {report.credit}", None
    for number, block in enumerate(report.body):
        yield from written_block(report, block)
        if number == 2 and report.tweet and report.section == "world":
            yield post(report, report.tweet, f"https://x.example/demo_witness/status/{report.id}")


def written_block(report: Report, block: Block) -> Iterator[tuple[BlockKind, str, str | None]]:
    if block.kind == "entry":
        yield BlockKind.LIVE_ENTRY, block.note, None
        yield BlockKind.HEADING, block.text, None
    elif block.kind == "picture":
        yield BlockKind.CAPTION, f"{block.text} {block.note}", None
    elif block.service == "x":
        yield post(report, block.text, f"https://x.example/{block.note}")
    elif block.kind == "post":
        address = {"telegram": "https://t.me/", "youtube": "https://www.youtube.com/watch?v="}[block.service]
        yield BlockKind.EMBED, "", address + block.note
    else:
        yield from written_words(report, block)


def written_words(report: Report, block: Block) -> Iterator[tuple[BlockKind, str, str | None]]:
    kind, text = KINDS[block.kind], block.text
    if (
        report.section in {"en", "ar"} and kind is BlockKind.LIST_ITEM
    ):  # this layout has lines with a dash for them
        kind, text = BlockKind.PARAGRAPH, f"- {text}"
    elif text.isupper():
        kind = BlockKind.HEADING
    if report.id == "88368" and text[:1].isdigit():
        yield BlockKind.LIVE_ENTRY, text[:5], None
    yield kind, text, None


def post(report: Report, words: str, url: str) -> tuple[BlockKind, str, str]:
    """A post as its blockquote shows it: the words, and a line with its sender and its date."""
    date = Site(1).pages.date(report)
    return BlockKind.EMBED, f"{words}\n— Demo Witness (@demo_witness) {date}", url


def main() -> None:
    site = Site(1)
    for name, path in PAGES.items():
        text = json.dumps(as_golden(path, extract(site, path)), ensure_ascii=False, indent=1)
        (GOLDEN / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
