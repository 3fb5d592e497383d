"""How the address of a report answered, on a line."""

from __future__ import annotations

from collections.abc import Mapping

from archive.commands.common import show_moment
from archive.views.gone import in_words


def state_line(state: Mapping[str, object]) -> str:
    """Return a row of `article_states` in words."""
    first, last = (str(state[column]) for column in ("since", "last_confirmed_at"))
    looks = f"seen {show_moment(first)}" + (f" to {show_moment(last)}" if last != first else "")
    how = f": {in_words(str(state['how']))}" if state["how"] else ""
    capture = f", capture {state['capture_id']}" if state["capture_id"] else ""
    return f"{state['state']:<9}{looks}{how}{capture}"
