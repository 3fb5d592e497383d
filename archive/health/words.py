"""What the sentences of a verdict are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from archive.health.facts import EndpointFacts
from archive.text.counting import counted

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_NAMES = 3


def names(endpoints: Sequence[EndpointFacts]) -> str:
    """Return the addresses of endpoints, the first three of many."""
    shown = ", ".join(endpoint.url for endpoint in endpoints[:_NAMES])
    return shown if len(endpoints) <= _NAMES else f"{shown} and {len(endpoints) - _NAMES} more"


def error_of(endpoints: Sequence[EndpointFacts]) -> str:
    """Return the first error that one of them has, in brackets; nothing if none has."""
    error = next((endpoint.last_error for endpoint in endpoints if endpoint.last_error), None)
    return f" ({error})" if error else ""


def percent(share: float | None) -> str:
    """Return a part of 1 for a reader."""
    return "-" if share is None else f"{share:.0%}"


def instant(moment: datetime) -> str:
    """Return an instant for a reader, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago an instant was, and the instant."""
    return f"{span(now - moment)} ago ({instant(moment)})"


def span(length: timedelta) -> str:
    """Return a length of time as a person would say it."""
    if length < 2 * _HOUR:
        return counted(max(1, round(length / timedelta(minutes=1))), "minute")
    if length < 2 * _DAY:
        return f"{length / _HOUR:.0f} hours"
    return f"{length / _DAY:.1f} days"
