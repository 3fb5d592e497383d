"""The benchmark on other parsers' feeds: what it picks out of a source distribution, and what it tells."""

import io
import tarfile
from pathlib import Path

import pytest

from bench.wild import Reading, Sample, main, read, report, samples

RSS = b"<rss><channel><item><link>http://a.example/1</link></item></channel></rss>"
FILES = {
    "pkg-1.0/tests/good.rss": RSS,
    "pkg-1.0/tests/data/part.xml": RSS[:-20],
    "pkg-1.0/tests/data/noise.xml": b"\x00\x01",
    "pkg-1.0/tests/data/sitemap.txt": b"<urlset><url><loc>http://a.example/2</loc></url></urlset>",
    "pkg-1.0/tests/data/old.cdf": b"<channel><item href='http://a.example/3'/></channel>",
    "pkg-1.0/tests/data/wide.xml": b"<!--\nHeader: Content-type: text/xml; charset=koi8-r\n-->" + RSS,
    "pkg-1.0/tests/test_it.py": RSS,
    "pkg-1.0/src/other.xml": RSS,
}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    with tarfile.open(tmp_path / "pkg-1.0.tar.gz", "w:gz") as archive:
        for name, payload in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(payload)
            archive.addfile(member, io.BytesIO(payload))
    return tmp_path


def test_files_of_tests_that_look_like_feeds_are_picked(cache: Path) -> None:
    found = {sample.name.rpartition("/")[2]: sample for sample in samples(cache / "pkg-1.0.tar.gz")}
    assert set(found) == {"good.rss", "part.xml", "noise.xml", "old.cdf", "wide.xml", "sitemap.txt"}
    assert found["wide.xml"].content_type == "text/xml; charset=koi8-r"
    assert [name for name, sample in found.items() if sample.is_sitemap] == ["sitemap.txt"]


def test_the_tables(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cache", str(cache), "--verbose", "pkg"]) == 0
    told = capsys.readouterr().out
    assert "6 files" in told
    assert "3  read\n" in told
    assert "1  read as far as it is not broken" in told
    assert "1  refused, and feedparser finds links in it" in told
    assert "1  is not XML, so not a feed: no element in it begins" in told
    assert "feedparser's: ('http://a.example/3',)" in told


def test_a_crash_is_told() -> None:
    crash = Reading("x.xml", is_sitemap=False, seconds=0.1, crash="KeyError: 'x'")
    assert "x.xml: CRASHED\n    KeyError: 'x'" in report([crash], verbose=False)


def test_what_we_miss_and_feedparser_finds_is_a_difference() -> None:
    reading = read(Sample("a.rss", RSS, is_sitemap=False, content_type=None))
    assert (reading.urls, reading.theirs, reading.verdict) == (*[("http://a.example/1",)] * 2, "read")
