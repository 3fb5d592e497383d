"""What was left out and changed in a published copy, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from archive.publishing.reports import LEFT_OUT_URL, Published


@dataclass(slots=True)
class Tally:
    """Counts while a copy is made. rows: of each table, that are published. pattern_places: by a pattern's number."""

    rows: Counter[str] = field(default_factory=Counter)
    out: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    merged: int = 0
    places: Counter[int] = field(default_factory=Counter)
    reports: Counter[int] = field(default_factory=Counter)

    def note(self, report: Published) -> None:
        """Count a report that is published, or that a pattern bars."""
        self.places += report.found.places
        self.reports.update(report.found.places.keys())
        if report.is_barred:
            self.out["reports"] += 1
            return
        self.changed += report.is_touched
        self.merged += report.merged
        self.out["addresses of reports"] += report.article["url"].startswith(LEFT_OUT_URL)
        self.out["revisions"] += report.merged + report.earlier

    def left_out(self) -> Mapping[str, int]:
        """Return what was left out, for the copy to say: by what it is, and places by a pattern's number."""
        told = {name: count for name, count in sorted(self.out.items()) if count}
        told["reports changed"] = self.changed
        return told | {f"places of pattern {number}": count for number, count in sorted(self.places.items())}
