"""The extraction's scores must not fall: on the demo site's reports, and on reference pages where there are any.

The floors are in `extraction_floors.json`, a little below what was measured when they were set; whoever raises a score
raises its floor.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.quality import extract_pages, pair, read_references
from bench.scoring import Score, Text, score
from crawler.demo.expected import ExpectedReport, expected_reports
from crawler.demo.pages import BASE
from crawler.demo.site import Site
from crawler.extraction.article import extract_article
from crawler.extraction.page import Hints

FLOORS = json.loads((Path(__file__).parent / "extraction_floors.json").read_text(encoding="utf-8"))
BENCH = Path(__file__).parents[2] / "shared" / "bench" / "pages.jsonl"


def below(scores: dict[str, Score], floors: dict[str, dict[str, float]]) -> list[str]:
    """Return a line for each score that is below its floor."""
    return [
        f"{group}: {measure} is {getattr(scores[group], measure):.4f}, and was {floor}"
        for group, wanted in floors.items()
        for measure, floor in wanted.items()
        if getattr(scores[group], measure) < floor
    ]


def read_demo(report: ExpectedReport, site: Site) -> tuple[Text, Text]:
    """Return what a report of the demo site says, and what is extracted of it."""
    answer = site.answer(report.url.removeprefix(BASE))
    found = extract_article(
        answer.body, url=report.url, content_type=answer.content_type,
        fetched_at=datetime(2026, 3, 1, tzinfo=UTC), hints=Hints(time_zone="Asia/Damascus"),
    ).article  # fmt: skip
    assert found is not None, report.url
    wanted = Text("\n\n".join(report.paragraphs), report.title, report.published)
    return wanted, Text(found.body, found.title, found.published.moment if found.published else None)


def test_the_demo_sites_reports_are_read_as_well_as_before() -> None:
    site = Site(1)
    pairs = [read_demo(report, site) for report in expected_reports()]
    assert below({"demo": score(pairs)}, {"demo": FLOORS["demo"]}) == []


@pytest.mark.skipif(not BENCH.is_file(), reason="the reference pages are not here")
def test_the_reference_pages_are_read_as_well_as_before() -> None:
    references, found = read_references(BENCH), extract_pages(BENCH, learn=True)
    groups = defaultdict(list)
    for page_id, reference in references.items():
        for group in ("all", reference["set"]):
            groups[group].append(pair(reference, found.get(page_id, {})))
    scores = {group: score(pairs) for group, pairs in groups.items()}
    assert below(scores, FLOORS["reference pages"]) == []


def test_a_score_below_its_floor_is_named() -> None:
    pairs = [(Text("one two three four five"), Text("one two three four six"))]
    assert below({"x": score(pairs)}, {"x": {"f1": 0.9, "exact": 0.0}}) == ["x: f1 is 0.5000, and was 0.9"]
