"""A site that is crawled twice, as a user does: what has not changed is a revisit record, and every tool goes on as before."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from tests.keeping import warcs
from tests.sites.awkward import Answer, Asked, Dynamic, Page, Site, serving, sitemap
from tests.sites.crawling import crawl, rows, run, write_source
from tests.sites.herald import page, paragraphs

_DAYS = ("2026-02-01T12:00:00Z", "2026-02-02T12:00:00Z", "2026-02-03T12:00:00Z")
_BIN = Path(sys.executable).parent


def story(number: int, *, edition: int = 0) -> bytes:
    said = "".join(f"<p>{text}</p>" for text in paragraphs(number, 40))
    return page(number, body=said.replace("wounded", "killed") if edition else said)


def tagged(body: bytes) -> Page:
    """Return a page that answers 304 to whoever has it."""

    def respond(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"a"':
            return Answer(status=304, headers=(("ETag", '"a"'),))
        return Answer(body, headers=(("ETag", '"a"'),))

    return Dynamic(respond)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of a site that was crawled on two days: one report of six was edited, one says 304, none is new."""
    folder = tmp_path_factory.mktemp("crawled")
    with serving(Site()) as site:
        base = "http://herald.example"
        write_source(folder, "herald", homepage=f"{base}/", sitemaps=[f"{base}/sitemap.xml"])
        urls = [f"{base}/news/{number}" for number in range(6)]
        site.pages = {f"/news/{number}": Answer(story(number)) for number in range(5)}
        site.pages["/news/5"] = tagged(story(5))
        for day in _DAYS[:2]:
            site.pages["/sitemap.xml"] = sitemap(*((url, day) for url in urls))
            crawl(
                folder,
                "herald",
                "-s",
                f"HOST_MAP={json.dumps({'herald.example': site.url})}",
                "-s",
                f"NOW={day}",
            )
            site.pages["/news/1"] = Answer(story(1, edition=1))
    return folder  # fmt: skip


def archive(folder: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run([_BIN / "archive", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


pytestmark = pytest.mark.slow


def test_what_has_not_changed_is_a_revisit(folder: Path) -> None:
    kinds = Counter(
        (number, record.kind)
        for number, warc in enumerate(warcs(folder / "archive.db"))
        for record in warc.records()
    )
    assert kinds[0, "response"] == 6
    assert (kinds[1, "response"], kinds[1, "revisit"]) == (1, 5)
    first, second = (warc.path.stat().st_size for warc in warcs(folder / "archive.db"))
    assert second < first * 0.8  # a kilobyte of each is what the file tells of a visit
    outcomes = Counter(row["outcome"] for row in rows(folder, "select outcome from leads"))
    assert outcomes == {"unchanged": 5, "changed": 1}


def test_every_tool_goes_on_as_before(folder: Path, tmp_path: Path) -> None:
    shown = archive(folder, "verify", "--full")
    assert "12 pages as they were hashed, 5 revisits among them" in shown
    assert "7 of 7 texts, extracted anew" in shown
    assert "12 captures in 2 WARC files" in archive(folder, "cdxj")
    for warc in warcs(folder / "archive.db"):
        if warc.path.suffix == ".gz":
            done = subprocess.run([_BIN / "warcio", "check", warc.path], capture_output=True)
            assert done.returncode == 0, done.stdout
    done = run(folder, "reextract", "--db", str(folder / "archive.db"), "--all-revisions", "--force")
    assert done.returncode == 0, done.stderr
    archive(folder, "seal")
    number = rows(folder, "select id from articles where url like '%/2'")[0]["id"]
    archive(folder, "prove", str(number), "--out", str(tmp_path / "proof.zip"))
    with zipfile.ZipFile(tmp_path / "proof.zip") as bundle:
        bundle.extractall(tmp_path / "proof")
    checked = subprocess.run(
        [sys.executable, "-I", "-S", tmp_path / "proof" / "verify.py"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    assert "this page had been received before" in checked.stdout  # fmt: skip


def test_our_own_files_are_imported_with_their_revisits(folder: Path, tmp_path: Path) -> None:
    write_source(tmp_path, "herald", homepage="http://herald.example/")
    done = run(tmp_path, "importwarc", str(folder / "warc"), "--db", str(tmp_path / "archive.db"))
    assert done.returncode == 0, done.stderr
    query = "select url, fetched_at, payload_sha256 from captures where status = 200 order by 1, 2"
    assert [tuple(row) for row in rows(tmp_path, query)] == [tuple(row) for row in rows(folder, query)]
    archive(tmp_path, "verify")


def test_a_page_that_is_removed_is_nowhere_any_more(folder: Path) -> None:
    (one,) = rows(folder, "select min(id) id, count(*) n from captures where url like '%/3'")
    assert one["n"] == 2
    said = archive(folder, "remove", str(one["id"]), "--yes", "--reason", "court", code=2)
    assert "1 other capture holds the page" in said
    archive(folder, "remove", str(one["id"]), "--yes", "--reason", "court", "--all-copies")
    assert "2 removed on purpose" in archive(folder, "verify")
