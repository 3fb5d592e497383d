"""Matches as JSON on the standard input of a program of the user's."""

from __future__ import annotations

import json
import shlex
import subprocess

from archive.errors import InvalidInput, NotDelivered
from archive.text.terminal import one_line
from archive.watches.model import Watch

_TOLD = 300  # characters of what a program that failed printed


def target_of(command: str) -> str:
    """Return the words of a command line, as they are stored. Raises InvalidInput."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InvalidInput(f"{command!r} is no command line: {error}") from None
    if not words:
        raise InvalidInput("the command to run is empty")
    return json.dumps(words, ensure_ascii=False)


def run(watch: Watch, payload: bytes) -> None:
    """Run the command, and return when it has ended well. Raises NotDelivered.

    Nothing that was archived gets into its words, and no shell sees them.
    """
    words = json.loads(watch.target)
    try:
        done = subprocess.run(  # noqa: S603 - what the user gave, and no more
            words, input=payload, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=watch.timeout, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotDelivered(f"{words[0]} did not end within {watch.timeout:g} seconds") from None
    except OSError as error:
        raise NotDelivered(f"{words[0]} can't be run: {error.strerror or error}") from None
    if done.returncode:
        said = one_line(done.stderr.decode("utf-8", "replace"))[:_TOLD]
        raise NotDelivered(f"{words[0]} ended with {done.returncode}{f': {said}' if said else ''}")
