"""Asking Datasette for pages as a browser would, in this process."""

from __future__ import annotations

import asyncio
import html
import re
from pathlib import Path
from typing import Any

from datasette.app import Datasette


class Browser:
    """One Datasette on the given files, asked as a browser would ask it."""

    def __init__(self, *files: Path) -> None:
        self.datasette = Datasette([str(file) for file in files])

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


def text_of(page: str) -> str:
    """What a reader sees, roughly: the page without tags."""
    return html.unescape(re.sub(r"<[^>]*>", " ", page))
