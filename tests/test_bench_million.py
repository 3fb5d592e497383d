"""The benchmark on a million addresses: the site that it serves, and what it calls a failure."""

import os
import subprocess
import sys

from bench.million import ALLOWED_MB, Result, Shape, serving, watch
from crawler.discovery.sitemaps import parse_sitemap

BASE = "http://127.0.0.1:80"


def test_the_site_lists_each_report_once_the_newest_first() -> None:
    shape = Shape(children=3, urls=4)
    index = parse_sitemap(shape.body("/sitemap.xml", BASE) or b"", f"{BASE}/sitemap.xml")
    assert len(index.children) == 3
    leads = [
        lead
        for child in index.children
        for lead in parse_sitemap(shape.body(child.url.removeprefix(BASE), BASE) or b"", child.url).leads
    ]
    assert len({lead.url for lead in leads}) == 12
    moments = [lead.modified_hint for lead in leads]
    assert moments == sorted(moments, key=str, reverse=True)
    page = shape.body(leads[7].url.removeprefix(BASE), BASE)
    assert page is not None
    assert b"report 7" in page
    assert shape.body("/robots.txt", BASE) is None


def test_it_is_served() -> None:
    with serving(Shape(1, 1, plain=True)) as base:
        code = f"import urllib.request as r; print(r.urlopen('{base}/sitemap.xml').read().decode())"
        got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ)
    assert f"<loc>{base}/sitemap-0.xml</loc>" in got.stdout


def test_memory_is_watched_to_the_end() -> None:
    code = "import time; held = b'x' * 80_000_000; time.sleep(0.5); print('done')"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    memory, output = watch(process)
    assert output == "done\n"
    assert 80 < memory.own < 300
    assert memory.samples


def test_what_is_a_failure() -> None:
    def result(leads: int = 10, stored: int = 2, own_mb: float = 100.0) -> Result:
        return Result("limit", 1.0, own_mb, 50.0, leads, 1, stored, 10, 5, ("too slow",), "")

    assert result().problem(wanted=2, listed=10) is None
    assert result(leads=9).problem(2, 10) == "it knows 9 of 10 addresses: too slow"
    assert result(stored=1).problem(2, 10) == "it stored 1 reports instead of 2"
    assert result(own_mb=ALLOWED_MB + 1).problem(2, 10) == "its process held 301 MB"
