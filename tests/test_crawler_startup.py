"""The process that crawls does without what only its workers need: that would take longer than fetching."""

from __future__ import annotations

import subprocess
import sys

_HEAVY = [
    "trafilatura",
    "htmldate",
    "dateparser",
    "feedparser",
    "tldextract",
    "requests",
    "aiohttp",
    "py3langid",
]
_SCRIPT = f"""
import sys
from scrapy.cmdline import _get_commands_dict
from scrapy.utils.project import get_project_settings
from scrapy.utils.misc import load_object
settings = get_project_settings()
_get_commands_dict(settings, inproject=True)
for name in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS", "ITEM_PIPELINES"):
    base = settings.get(name + "_BASE", {{}})
    for path in settings.get_component_priority_dict_with_base(name) if base else settings[name]:
        load_object(path)
print(*(name for name in {_HEAVY} if name in sys.modules))
"""


def test_a_crawl_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
