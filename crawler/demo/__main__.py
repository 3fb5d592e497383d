"""`python -m crawler.demo`: serve the demo site for looking at it in a browser."""

from __future__ import annotations

import argparse
import contextlib
import threading

from crawler.demo.server import DemoSite


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m crawler.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port to listen on (any free one)")
    parser.add_argument(
        "--edition",
        type=int,
        choices=(1, 2),
        default=1,
        help="2: one report corrected, one taken down, one new",
    )
    options = parser.parse_args()
    with DemoSite(port=options.port, edition=options.edition) as site, contextlib.suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{site.port}/ (edition {site.edition}; Ctrl-C stops)", flush=True)  # noqa: T201 -- says where to look
        threading.Event().wait()


if __name__ == "__main__":
    main()
