"""Both benchmarks on a handful of pages: that they run, count what they should, and can tell a loss."""

import gzip
import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bench.generate import generate_page
from bench.replay import Fate, main, read_pages

BENCH = Path(__file__).parent.parent / "bench"


def test_a_generated_page_hangs_on_its_number_and_seed_alone() -> None:
    assert generate_page(7) == generate_page(7)
    assert len({generate_page(number).path for number in range(20)}) == 20
    assert generate_page(7, seed=2).html != generate_page(7).html
    assert all(100_000 < len(generate_page(number).html) < 450_000 for number in range(20))


@pytest.mark.slow
def test_crawl_measures_three_ways_of_fetching_every_page() -> None:
    done = subprocess.run(
        [sys.executable, BENCH / "crawl.py", "--pages", "4", "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert [(way["name"], way["pages"]) for way in figures["ways"]] == [
        ("fetch only", 4),
        ("hand-written", 4),
        ("ours", 4),
    ]
    assert all(way["seconds"] > 0 and way["cpu_seconds"] > 0 for way in figures["ways"])
    assert figures["ours_to_handwritten"] > 0


@pytest.fixture
def saved_pages(tmp_path: Path) -> Path:
    """Five pages: two reports, one of them gzipped and with a fragment; the same again; a trap; an empty one."""
    report, other = generate_page(1).html, generate_page(2).html
    (tmp_path / "report.html").write_bytes(report)
    (tmp_path / "other.html.gz").write_bytes(gzip.compress(other))
    (tmp_path / "empty.html").write_bytes(b"<html><title>Nothing</title><body></body></html>")
    rows = [
        ("report", "https://one.example/2026/a-report.html?utm_source=x&id=1", "report.html"),
        ("other", "http://two.example/b-report/?b=2&a=1#part", "other.html.gz"),
        ("again", "http://one.example/2026/a-report.html?id=1", "report.html"),
        ("trap", "https://one.example/news/article/70632/like", "report.html"),
        ("empty", "https://three.example/", "empty.html"),
    ]
    lines = [json.dumps(dict(zip(("id", "url", "path"), row, strict=True))) for row in rows]
    (tmp_path / "pages.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "pages.jsonl"


@pytest.mark.slow
def test_replay_accounts_for_every_page(
    saved_pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(saved_pages), "--keep", str(tmp_path / "kept"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["total"], told["captured"], told["archived"], told["lost"]) == (5, 3, 2, 0)
    fates = {page["id"]: page for page in told["pages"]}
    assert {name for name, fate in fates.items() if fate["archived"]} == {"report", "other"}
    assert "same address as report" in fates["again"]["reason"]
    assert fates["trap"]["reason"] == "refused by the rule vote"
    assert fates["empty"]["outcome"] == "not_an_article"
    assert fates["empty"]["captured"]
    with closing(sqlite3.connect(tmp_path / "kept" / "archive.db")) as conn:
        captured = {row[0] for row in conn.execute("select payload_sha256 from captures where status = 200")}
    files = [saved_pages.parent / name for name in ("report.html", "other.html.gz", "empty.html")]
    assert captured == {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_page_without_reason_is_lost() -> None:
    archived = Fate("a", "http://a.example/", True, True, True, "stored", None)
    refused = Fate("a", "http://a.example/", True, True, False, "not_an_article", "empty: there is no text")
    silent = Fate("a", "http://a.example/", True, False, False, "waiting", None)
    assert [archived.lost, refused.lost, silent.lost] == [False, False, True]


def test_a_fragment_is_not_part_of_what_is_served(saved_pages: Path) -> None:
    pages = {page.id: page for page in read_pages(saved_pages)}
    assert pages["other"].url == "http://two.example/b-report/?b=2&a=1"
    assert pages["other"].gzipped
    assert not pages["report"].gzipped
