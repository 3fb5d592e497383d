"""Pages of a made-up outlet in one or two layouts, each with a report of its own and the furniture that all share."""

from __future__ import annotations

_PLACES = ("Talha", "Marsa", "Orsk", "Deba", "Sural", "Hadra", "Kelmo", "Zarin")


def paragraphs(number: int, count: int = 4) -> list[str]:
    """Return the paragraphs of report `number`: no two reports share one."""
    place = _PLACES[number % len(_PLACES)]
    return [
        f"In part {part} of report {number}, residents of {place} said that shelling number {number * 10 + part} hit"
        f" the market at dawn and wounded {number + part + 3} people, among them traders from the {part}th street."
        for part in range(count)
    ]


def page(
    number: int, *, layout: str = "news", extra: str = "", body: str | None = None, head: str = ""
) -> bytes:
    """Return a page of the site: a menu, a standfirst, the report, a promotion between its paragraphs, other news."""
    text = body if body is not None else "".join(f"<p>{text}</p>" for text in paragraphs(number))
    first, _, rest = text.partition("</p>")
    return f"""<!doctype html><html lang="en"><head><title>Report {number} from the front</title>{head}</head>
    <body class="page-{number}"><nav><a href="/">Home</a> <a href="/war">War</a></nav>
    <div id="main"><h1>Report {number} from the front</h1>
    <div class="top-{layout}"><h2 class="intro">What happened in {_PLACES[number % 8]} on day {number}, in a sentence or two.</h2></div>
    <div class="{layout}-text" id="post-{number}">{first}</p>
      <p class="join-us">Become a member today and help us to report from places that others have left.</p>
      {rest}{extra}</div>
    <div class="others"><p>Other reports of the week, chosen by our desk for you, with all that matters most.</p></div></div>
    <footer><p>The Example Herald is an outlet of the north, printed since 1961 and read in many homes.</p></footer>
    </body></html>""".encode()
