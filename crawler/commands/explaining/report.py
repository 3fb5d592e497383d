"""How an explanation is told: which of its lines, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from archive.clock import to_text
from archive.commands.common import paper
from archive.models import SiteTemplate
from archive.tables.reextraction import StoredPage
from archive.text.counting import counted
from archive.text.terminal import one_line
from crawler.extraction.body.why import Why

if TYPE_CHECKING:
    from crawler.extraction.explain import Explanation, Line

_PATHS = {
    "template": "by its site's template",
    "mixed": "by its site's template, and by itself where that has not seen a kind of block",
    "single": "by itself, without a template",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The lines of an explanation that are shown, and how many outside of the report's element are not."""

    told: Explanation
    lines: tuple[Line, ...]
    hidden: int

    def as_json(self, page: StoredPage, template: SiteTemplate | None) -> dict[str, Any]:
        """Return it as JSON takes it."""
        told = self.told
        return {
            "url": page.url,
            "capture_id": page.capture_id,
            "fetched_at": to_text(page.fetched_at),
            "path": told.path,
            "template_version": template.version if template else None,
            "container": list(told.container),
            "reason": told.reason,
            "detail": told.detail,
            "lines": [asdict(line) for line in self.lines],
            "outside": self.hidden,
        }


def matching(told: Explanation, words: str | None, *, everything: bool) -> Shown:
    """Return the lines with some words, whatever their case and white space; without, those in the report's element."""
    if words is None:
        lines = tuple(line for line in told.lines if everything or line.why is not Why.OUTSIDE)
    else:
        wanted = _folded(words)
        lines = tuple(line for line in told.lines if wanted in _folded(line.text))
    return Shown(told, lines, 0 if words else len(told.lines) - len(lines))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def in_words(shown: Shown, page: StoredPage, template: SiteTemplate | None) -> Iterator[str]:
    """Yield the lines to print."""
    told, sheet = shown.told, paper()
    yield one_line(page.url)
    yield f"capture {page.capture_id} of {to_text(page.fetched_at)}, read {_PATHS[told.path]}"
    if template is not None:
        yield f"version {template.version} of the template, learned {to_text(template.learned_at)[:10]}"
    if told.container:
        yield sheet.fit_line(f"the report is in {' > '.join(told.container)}")
    if told.reason:
        yield sheet.fit_line(f"no report: {told.reason}, {told.detail}")
    if told.is_elsewhere:
        yield "the report's text is in none of these lines, but in what the page tells machines (JSON-LD)"
    yield ""
    for line in shown.lines:
        kind = f" ({line.kind.replace('_', ' ')})" if line.kind else ""
        yield sheet.fit_line(f"{line.place}{kind}: {line.text}")
        why = f"it {line.why}" if line.why else ""
        reasons = "; ".join(filter(None, (why, line.evidence)))
        if reasons:
            yield sheet.fit_line(reasons, "    ")
    if shown.hidden:
        yield f"\nand {counted(shown.hidden, 'line')} outside of the element that holds the report: --all shows them"
