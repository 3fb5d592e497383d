"""How our commands say what is wrong with what they were asked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from scrapy.exceptions import UsageError


def say_one_sentence(parser: argparse.ArgumentParser) -> None:
    """Have a command's mistakes end it with their sentence alone (code 2), without the usage lines above it.

    Scrapy passes the sentence of a UsageError to `parser.error`, which is where argparse puts the usage first.
    """

    def error(message: str) -> NoReturn:
        parser.exit(2, f"{message}\n")

    parser.error = error  # type: ignore[method-assign]  # argparse has no option for it


def refuse_unknown_options(args: Sequence[str]) -> None:
    """Raise UsageError for an option that the command doesn't have: Scrapy hands those over as names."""
    unknown = next((arg for arg in args if arg.startswith("-")), None)
    if unknown is not None:
        raise UsageError(f"there is no option {unknown.split('=')[0]}: see -h", print_help=False)
