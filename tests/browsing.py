"""An archive as a browser sees it, without a browser: requests to Datasette within the process."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from datasette.plugins import pm

import archive.browse


class Browser:
    """One Datasette on the given files, asked as a browser would ask it."""

    def __init__(self, *files: Path, **options: Any) -> None:
        self.datasette = Datasette([str(file) for file in files], **options)

    def get(self, url: str, status: int = 200, **params: str) -> Any:
        response = asyncio.run(self.datasette.client.get(url, params=params or None))
        assert response.status_code == status, response.text[:2000]
        return response

    def page(self, url: str, **params: str) -> str:
        return str(self.get(url, **params).text)

    def rows(self, url: str, **params: str) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = self.get(f"{url}.json", **params, _shape="array").json()
        return answer

    def close(self) -> None:
        self.datasette.executor.shutdown()
        for database in self.datasette.databases.values():
            database.close()


@pytest.fixture(autouse=True, scope="module")
def plugin() -> Iterator[None]:
    """Load the plugin where the package isn't installed, and so its entry point is unknown."""
    if pm.is_registered(archive.browse):
        yield
        return
    pm.register(archive.browse, "conflict_archive")
    yield
    pm.unregister(archive.browse)


def text_of(page: str) -> str:
    """What a reader sees, roughly: the page without tags."""
    return html.unescape(re.sub(r"<[^>]*>", " ", page))
