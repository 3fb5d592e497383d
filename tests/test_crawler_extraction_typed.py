"""Kinds of blocks: what each part of a page is, which of them are the body, and how the body is put together."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import BlockKind, TextBlock
from crawler.extraction.body.blocks import BlockTree, read_blocks
from crawler.extraction.body.embeds import post_url
from crawler.extraction.body.extract import choose_blocks
from crawler.extraction.body.typed import IN_BODY, body_of, type_blocks
from crawler.extraction.metadata.read import read_metadata
from crawler.extraction.page import Hints, Page, parse_page

BENCH = Path(__file__).parents[2] / "shared" / "bench"
NOW = datetime(2026, 1, 26, tzinfo=UTC)
ONE = "Shells fell on the market in the morning, when most of the town was there."
TWO = "Rescuers worked until the evening and found nobody else alive under the roof."
THREE = "The town council asked for blankets, and for somebody to count the dead."


def parsed(html: str) -> Page:
    return parse_page(html.encode(), "https://outlet.example/1", "text/html; charset=utf-8", NOW)


def read(html: str, summaries: Sequence[str] = (), **told: Any) -> tuple[TextBlock, ...]:
    """The blocks of a page of which all is chosen but what stands in a class `not` or in a figcaption."""
    page = parsed(html)
    tree = read_blocks(page.tree)
    return type_blocks(tree, [*chosen(tree)], page, summaries, **told)


def chosen(tree: BlockTree) -> Iterator[int]:
    for number, block in enumerate(tree.blocks):
        element = tree.nodes[block.node].element
        around = [element, *element.iterancestors()]
        if not any(it.tag == "figcaption" or it.get("class") in {"not", "caption"} for it in around):
            yield number


def shown(blocks: Sequence[TextBlock]) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in blocks]


def embeds(html: str) -> list[tuple[str, str | None]]:
    blocks = read(f"<article><p>{ONE}</p>{html}<p>{TWO}</p><p>{THREE}</p></article>")
    assert [block.text for block in blocks if block.in_body] == [ONE, TWO, THREE]
    return [(block.text, block.url) for block in blocks if block.kind is BlockKind.EMBED]


def test_one_table_says_of_every_kind_whether_it_is_body() -> None:
    assert set(IN_BODY) == set(BlockKind)
    assert {kind for kind, is_body in IN_BODY.items() if not is_body} == {
        BlockKind.EMBED,
        BlockKind.CAPTION,
        BlockKind.LIVE_ENTRY,
    }


@pytest.mark.parametrize(
    ("html", "kind", "text"),
    [
        (f"<p>{ONE}</p>", "paragraph", ONE),
        ("<h2>What the army says</h2>", "heading", "What the army says"),
        ("<h4>What the army says</h4>", "heading", "What the army says"),
        ("<p><strong>What the army says</strong></p>", "heading", "What the army says"),
        ("<p><strong>The army says nothing.</strong></p>", "paragraph", "The army says nothing."),
        ("<p><b>Q</b></p>", "paragraph", "Q"),
        ("<p><b>The army</b> says nothing at all</p>", "paragraph", "The army says nothing at all"),
        ("<p>FLIGHT TO THE BORDER</p>", "heading", "FLIGHT TO THE BORDER"),
        ("<p>БЕГСТВО К ГРАНИЦЕ</p>", "heading", "БЕГСТВО К ГРАНИЦЕ"),
        ("<ul><li>Seven dead</li></ul>", "list_item", "Seven dead"),
        ("<dl><dt>Saraqeb</dt></dl>", "list_item", "Saraqeb"),
        ("<table><tr><td>Saraqeb</td><td>7</td></tr></table>", "table_row", "Saraqeb | 7"),
        (f"<blockquote><p>{ONE}</p></blockquote>", "quote", ONE),
        (f"<blockquote>{ONE}</blockquote>", "quote", ONE),
        (f"<p><q>{ONE}</q></p>", "quote", ONE),
        (f"<p><q>{ONE}</q> he said</p>", "paragraph", f"{ONE} he said"),
        ("<p>first line<br>second line</p>", "paragraph", "first line\nsecond line"),
        ("<p>قتـــلى وق.صف وfata*lities</p>", "paragraph", "قتـــلى وق.صف وfata*lities"),
    ],
)
def test_kinds_by_markup(html: str, kind: str, text: str) -> None:
    blocks = read(f"<article><p>{THREE}</p>{html}<p>{TWO}</p></article>")
    assert shown(blocks) == [("paragraph", THREE), (kind, text), ("paragraph", TWO)]
    assert all(block.in_body for block in blocks)


def test_a_list_item_with_several_paragraphs_is_a_part_of_the_text() -> None:
    blocks = read(f"<article><ol><li><p>{ONE}</p><p>{TWO}</p></li><li><p>{THREE}</p></li></ol></article>")
    assert shown(blocks) == [("paragraph", ONE), ("paragraph", TWO), ("list_item", THREE)]


def test_a_cell_by_itself_is_a_row_of_the_table_around() -> None:
    rows = "<tr><th colspan=2>Killed in May</th></tr><tr><td>Idlib</td><td>7</td></tr>"
    blocks = read(f"<article><p>{ONE}</p><table>{rows}</table><p>{TWO}</p></article>")
    assert [block.kind.value for block in blocks] == ["paragraph", "table_row", "table_row", "paragraph"]


def test_a_table_that_lays_out_the_page_has_paragraphs() -> None:
    blocks = read(f"<table><tr><td><p>{ONE}</p><p>{TWO}</p></td><td class=not>menu</td></tr></table>")
    assert shown(blocks) == [("paragraph", ONE), ("paragraph", TWO)]


def test_a_blockquote_around_the_report_is_no_quote() -> None:
    blocks = read(f"<blockquote><p>{ONE}</p><p>{TWO}</p></blockquote><p>{THREE}</p>")
    assert {block.kind for block in blocks} == {BlockKind.PARAGRAPH}


def test_the_summary_above_the_text_is_the_standfirst() -> None:
    page = f"<article><p class=x>{ONE}</p><div><p>{TWO}</p><p>{THREE}</p></div></article>"
    assert shown(read(page, [ONE]))[0] == ("standfirst", ONE)
    assert shown(read(page, [ONE[:65] + "..."]))[0] == ("standfirst", ONE)
    assert shown(read(page, [TWO]))[0] == ("paragraph", ONE)
    assert shown(read(page.replace("class=x", "class='story__lead'")))[0] == ("standfirst", ONE)
    headed = page.replace("<p class=x>", "<h2 class=deck>").replace(f"{ONE}</p>", f"{ONE}</h2>")
    assert shown(read(headed))[0] == ("standfirst", ONE)


def test_a_first_paragraph_that_the_page_is_summed_up_with_is_a_paragraph() -> None:
    assert shown(read(f"<article><p>{ONE}</p><p>{TWO}</p></article>", [ONE]))[0] == ("paragraph", ONE)
    wrapped = f"<article><div><p>{ONE}</p></div><div><p>{TWO}</p></div></article>"
    assert shown(read(wrapped, [ONE]))[0] == ("paragraph", ONE)
    assert shown(read(f"<article>{ONE}<br><br>{TWO}</article>", [ONE]))[0] == ("paragraph", ONE)


def test_captions_stand_where_the_pictures_are() -> None:
    caption = (
        "<figure><img><figcaption>A crater <span class=credit>Picture: handout</span></figcaption></figure>"
    )
    blocks = read(
        f"<main><article><h1 class=not>T</h1>{caption}<div><p>{ONE}</p><p>{TWO}</p>"
        f"<div class=caption>Smoke over the town</div><p>{THREE}</p></div></article>"
        "<article><figure><figcaption>Another story's picture</figcaption></figure></article></main>"
    )
    assert shown(blocks) == [
        ("caption", "A crater Picture: handout"),
        ("paragraph", ONE),
        ("paragraph", TWO),
        ("caption", "Smoke over the town"),
        ("paragraph", THREE),
    ]
    assert body_of(blocks) == f"{ONE}\n\n{TWO}\n\n{THREE}"


def test_a_container_read_by_itself_gives_what_the_page_gives() -> None:
    """As a template reads a page: the standfirst's element and the container, and nothing round them."""
    page = parsed(
        "<main><iframe src=https://t.me/a/1></iframe><nav><figure><figcaption>Menu</figcaption></figure></nav><article><h1 class=not>T</h1>"
        f"<p class=lead>{ONE}</p><div><figure><figcaption>A crater</figcaption></figure>"
        "<div><iframe src=https://www.youtube.com/embed/abcdefghijk></iframe></div>"
        "<div class=related><figure><figcaption>Theirs</figcaption></figure></div></div>"
        f"<div id=story><p>{TWO}</p><figure><figcaption>A street</figcaption></figure><p>{THREE}</p></div>"
        "</article></main>"
    )
    whole = read_blocks(page.tree)
    expected = type_blocks(whole, [*chosen(whole)], page, [])
    assert shown(expected) == [
        ("standfirst", ONE), ("caption", "A crater"), ("embed", ""), ("paragraph", TWO), ("caption", "A street"),
        ("paragraph", THREE),
    ]  # fmt: skip
    story = page.tree.get_element_by_id("story")
    for outside in ([page.tree.find(".//p")], []):
        part = read_blocks(*outside, story)
        alone = type_blocks(part, [*chosen(part)], page, [])
        assert list(alone) == [block for block in expected if outside or block.text != ONE]


def test_captions_of_other_stories_and_repeats_are_none() -> None:
    caption = "<figure><figcaption>A crater</figcaption></figure>"
    blocks = read(
        f"<article><p>{ONE}</p>{caption}{caption}<p>{TWO}</p>"
        "<div class=related><figure><figcaption>Their crater</figcaption></figure></div>"
        f"<figure><figcaption><a href=/2>Go to the next gallery</a></figcaption></figure><p>{THREE}</p></article>"
    )
    assert [block.text for block in blocks if not block.in_body] == ["A crater"]


@pytest.mark.parametrize(
    ("html", "text", "url"),
    [
        (('<blockquote class="twitter-tweet"><p>No water. <a href="https://t.co/x1">pic.twitter.com/x1</a></p>&mdash; A (@a) '
         '<a href="https://twitter.com/a/status/12?ref_src=twsrc">May 1</a></blockquote>'), "No water. pic.twitter.com/x1\n— A (@a) May 1",
         "https://twitter.com/a/status/12"),
        ('<blockquote><p>No water.</p>A (@a) <a href="https://x.com/a/status/12">May 1</a></blockquote>',
         "No water.\nA (@a) May 1", "https://x.com/a/status/12"),
        ('<blockquote class="twitter-tweet"><p>Gone</p></blockquote>', "Gone", None),
        ('<script async src="https://telegram.org/js/telegram-widget.js" data-telegram-post="chan/17"></script>', "",
         "https://t.me/chan/17"),
        ('<div><iframe src="https://t.me/chan/17?embed=1&amp;mode=tme"></iframe></div>', "", "https://t.me/chan/17"),
        ('<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/Cx_1/?utm=1"><p>See</p></blockquote>',
         "See", "https://www.instagram.com/p/Cx_1/"),
        ('<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@a.b/video/99"><section>@a.b</section></blockquote>', "@a.b",
         "https://www.tiktok.com/@a.b/video/99"),
        ('<div class="fb-post" data-href="https://www.facebook.com/town/posts/pfbid0x"></div>', "",
         "https://www.facebook.com/town/posts/pfbid0x"),
        ('<iframe src="https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Ftown%2Fposts%2F12&width=500"></iframe>',
         "", "https://www.facebook.com/town/posts/12"),
        ('<iframe data-src="//www.youtube-nocookie.com/embed/abcdefghijk?rel=0"></iframe>', "",
         "https://www.youtube.com/watch?v=abcdefghijk"),
        ('<amp-twitter data-tweetid="12"></amp-twitter>', "", "https://twitter.com/i/status/12"),
        ('<amp-youtube data-videoid="abcdefghijk"></amp-youtube>', "", "https://www.youtube.com/watch?v=abcdefghijk"),
        ('<iframe src="https://platform.twitter.com/embed/Tweet.html?dnt=true&id=12"></iframe>', "",
         "https://twitter.com/i/status/12"),
        ('<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">https://t.me/chan/17</div></figure>',
         "https://t.me/chan/17", "https://t.me/chan/17"),
        ('<iframe src="https://mastodon.example/@a/109876543210/embed"></iframe>', "",
         "https://mastodon.example/@a/109876543210"),
    ],
)  # fmt: skip
def test_a_post_is_kept_with_its_own_address(html: str, text: str, url: str | None) -> None:
    assert embeds(html) == [(text, url)]


@pytest.mark.parametrize(
    "html",
    [
        '<iframe src="https://www.facebook.com/plugins/like.php?href=https%3A%2F%2Foutlet.example%2F1"></iframe>',
        '<iframe src="https://www.googletagmanager.com/ns.html?id=GTM-1"></iframe>',
        '<a class="twitter-timeline" href="https://twitter.com/outlet"></a>',
        "<script>var post = 'https://t.me/chan/17'</script>",
        '<script data-telegram-post="javascript:alert(1)"></script>',
        '<iframe src="javascript:alert(1)"></iframe>',
        '<div hidden><iframe src="https://t.me/chan/17?embed=1"></iframe></div>',
        '<div class="related"><iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe></div>',
    ],
)
def test_what_is_no_post_of_the_report(html: str) -> None:
    assert embeds(html) == []


def test_a_post_that_was_never_closed_does_not_take_the_report_with_it() -> None:
    page = f'<article><p>{ONE}</p><blockquote class="twitter-tweet"><p>Gone</p><p>{TWO}</p><p>{THREE}</p></article>'
    blocks = read(page)
    assert body_of(blocks) == f"{ONE}\n\nGone\n\n{TWO}\n\n{THREE}"


def test_posts_stand_where_they_are_even_between_lines() -> None:
    post = '<script data-telegram-post="chan/{}"></script>'
    blocks = read(
        f"<article>{post.format(1)}{ONE}<br><br>{post.format(2)}{TWO}<br><br>{THREE}<br>{post.format(3)}</article>"
    )
    assert [block.url or block.text for block in blocks] == [
        "https://t.me/chan/1", ONE, "https://t.me/chan/2", TWO, THREE, "https://t.me/chan/3",
    ]  # fmt: skip


def test_a_post_shown_again_without_its_words_is_one() -> None:
    tweet = (
        '<blockquote class="twitter-tweet"><p>Gone</p><a href="https://x.com/a/status/1">May</a></blockquote>'
    )
    frame = '<iframe src="https://x.com/a/status/1"></iframe>'
    assert embeds(tweet + frame) == embeds(frame + tweet) == [("Gone\nMay", "https://x.com/a/status/1")]


def live(line: str, count: int = 3) -> str:
    entries = "".join(f"{line.format(hour=9 + hour)}<p>{ONE} {hour}</p>" for hour in range(count))
    return f"<article><h2>The day</h2>{entries}</article>"


@pytest.mark.parametrize(
    "line",
    ['<h3><time datetime="2026-01-24T{hour:02}:30:00+02:00">{hour:02}:30</time></h3>',
     '<div class="t" data-timestamp="17692326{hour:02}">{hour:02}:30</div>',
     '<p class="t"><time datetime="2026-01-24T{hour:02}:30:00+02:00">{hour} hours ago</time></p>',
     '<p class="t">Updated at {hour:02}:30</p>'],
)  # fmt: skip
def test_the_times_of_a_live_blog(line: str) -> None:
    blocks = read(live(line))
    heads = [block for block in blocks if block.kind is BlockKind.LIVE_ENTRY]
    assert len(heads) == 3
    assert not any(head.in_body for head in heads)
    assert body_of(blocks) == "\n\n".join(("The day", *(f"{ONE} {hour}" for hour in range(3))))
    if "datetime" in line:
        at = datetime(2026, 1, 24, 7, 30, tzinfo=UTC)
        assert [head.at for head in heads] == [at + timedelta(hours=hour) for hour in range(3)]


def test_a_stamp_around_all_entries_is_none_of_theirs() -> None:
    page = live("<p class=t>{hour:02}:30</p>").replace("<article>", '<article data-timestamp="1769232600">')
    assert [block.at for block in read(page) if block.kind is BlockKind.LIVE_ENTRY] == [None] * 3


def test_entries_between_line_breaks_have_their_own_times() -> None:
    time = '<time datetime="2026-01-24T{0:02}:30:00+02:00">{0:02}:30</time><br><br>{1}<br><br>'
    blocks = read("<article>" + "".join(time.format(hour, ONE) for hour in (9, 10, 11)) + "</article>")
    heads = [block for block in blocks if block.kind is BlockKind.LIVE_ENTRY]
    assert [block.at and block.at.hour for block in heads] == [7, 8, 9]


def test_a_hostile_page_takes_no_time() -> None:
    quotes = f"<blockquote><p>{ONE}</p></blockquote>" * 3_000
    times = "".join(
        f"<p class=c{chr(97 + number % 20) * (number % 40)}>14:0{number % 10}</p><p>{TWO}</p>"
        for number in range(3_000)
    )
    posts = '<iframe src="https://t.me/a/1"></iframe>text<br><br>' * 3_000
    page = parsed(f"<article>{quotes}{times}{posts}</article>")
    tree = read_blocks(page.tree)
    started = process_time()
    type_blocks(tree, range(len(tree.blocks)), page, [])
    assert process_time() - started < 3


PUBLISHED = '<meta property="article:published_time" content="2026-01-24T07:00:00{}">'


@pytest.mark.parametrize(
    ("shown_time", "head", "told", "at"),
    [
        ("14:05", PUBLISHED.format("+03:00"), {}, "2026-01-24T11:05:00+00:00"),
        ("2:05 pm", PUBLISHED.format("+03:00"), {}, "2026-01-24T11:05:00+00:00"),
        ("١٤:٠٥", PUBLISHED.format("+03:00"), {}, "2026-01-24T11:05:00+00:00"),
        ("14:05 GMT", PUBLISHED.format("+03:00"), {}, "2026-01-24T14:05:00+00:00"),
        ("24 January 2026, 14:05", PUBLISHED.format("+03:00"), {}, "2026-01-24T11:05:00+00:00"),
        ("25 January 2026, 14:05", PUBLISHED.format("+03:00"), {}, None),  # after the page was published and changed
        ("14:05 Kyiv time", PUBLISHED.format("+03:00"), {}, None),
        ("14:05", PUBLISHED.format("Z"), {}, None),  # for machines only: what readers see may be local
        ("14:05", PUBLISHED.format("Z"), {"zone": ZoneInfo("Asia/Damascus")}, "2026-01-24T11:05:00+00:00"),
        ("14:05", "", {}, None),
        ("14:05", "", {"zone": ZoneInfo("Asia/Damascus"), "published": datetime(2026, 1, 24, 9, tzinfo=UTC)},
         "2026-01-24T11:05:00+00:00"),
        ("14:05", PUBLISHED.format("+03:00") + '<meta property="article:modified_time" content="2026-01-25T23:00:00+03:00">',
         {}, None),  # on which of the two days?
        ("14:05", PUBLISHED.format("+03:00") + '<meta property="article:modified_time" content="2026-01-25T09:00:00+03:00">',
         {}, "2026-01-24T11:05:00+00:00"),
    ],
)  # fmt: skip
def test_a_time_of_day_is_a_moment_only_where_there_is_one_answer(
    shown_time: str, head: str, told: dict[str, Any], at: str | None
) -> None:
    line = f"<p class=t>{shown_time}</p>"
    blocks = read(f"<html><head>{head}</head><body>{live(line)}", **told)
    heads = [block for block in blocks if block.kind is BlockKind.LIVE_ENTRY]
    assert [block.text for block in heads] == [shown_time] * 3
    assert {block.at and block.at.isoformat() for block in heads} == {at}


def test_lines_that_begin_with_a_time_stay_whole() -> None:
    lines = [f"{hour:02}:15 - {ONE}" for hour in (8, 10, 13)]
    blocks = read(f"<article>{'<br><br>'.join([TWO, *lines])}</article>")
    assert [block.text for block in blocks if block.kind is BlockKind.LIVE_ENTRY] == [
        "08:15",
        "10:15",
        "13:15",
    ]
    assert body_of(blocks) == "\n\n".join([TWO, *lines])


def test_two_times_or_the_dates_of_other_stories_are_no_live_blog() -> None:
    assert BlockKind.LIVE_ENTRY not in {block.kind for block in read(live("<p class=t>{hour}:30</p>", 2))}
    card = '<div class=not><p><a href="/2">Another story of the same war, and of its dead</a></p><div><p>2{hour}.1.2025 13:31</p></div></div>'
    assert BlockKind.LIVE_ENTRY not in {block.kind for block in read(live(card))}


def test_items_and_rows_follow_each_other_and_paragraphs_are_apart() -> None:
    kinds = [BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.TABLE_ROW,
             BlockKind.HEADING, BlockKind.PARAGRAPH]  # fmt: skip
    blocks = [TextBlock(kind, str(number), in_body=True) for number, kind in enumerate(kinds)]
    assert body_of(blocks) == "0\n\n1\n2\n\n3\n4\n\n5\n\n6"
    assert body_of([]) == ""
    assert body_of([TextBlock(BlockKind.CAPTION, "x", in_body=False)]) == ""


def test_addresses_that_are_no_post() -> None:
    for address in (None, "", "https://twitter.com/a", "https://t.me/chan", "ftp://t.me/chan/1", "/watch?v=abcdefghijk",
                    "https://www.facebook.com/sharer.php?u=x", "https://evil.example/?u=https://t.me/chan/1"):  # fmt: skip
        assert post_url(address) is None
    assert post_url("https://youtu.be/abcdefghijk", videos=False) is None


PIECES = st.sampled_from(
    ["<p>", "</p>", "<div class=related>", "</div>", "<blockquote class=twitter-tweet>", "<blockquote>", "</blockquote>",
     "<ul><li>", "<li>", "</ul>", "<table><tr><td>", "<td>", "</table>", "<figcaption>", "</figcaption>", "<h2>", "</h2>",
     "<br>", "<article>", "</article>", "<iframe src=https://t.me/a/1></iframe>", "<script data-telegram-post=a/2></script>",
     "<a href=https://x.com/a/status/1>", "</a>", "<time datetime=2026-01-24T10:00:00+02:00>", "</time>", "<q>", "</q>",
     "<div class=fb-post data-href=https://www.facebook.com/a/posts/1>", "<amp-twitter data-tweetid=1></amp-twitter>",
     "14:05", "قتـــلى", ONE, TWO, "\x00", "&#0;", "<p class=lead>", "<noscript>", "</noscript>"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=6), max_size=40), st.randoms(use_true_random=False))
def test_no_markup_breaks_it_and_no_chosen_word_is_lost(pieces: list[str], random: Any) -> None:
    page = parsed("<html><body><p>x</p>" + "".join(pieces))
    elements = list(page.tree.iter("p", "div", "article", "blockquote"))
    roots = random.sample(elements, min(2, len(elements)))
    apart = len(roots) == 2 and not set(roots[0].iter()) & set(roots[1].iter())
    tree = read_blocks(*random.choice([[page.tree], roots[:1], roots if apart else roots[:1]]))
    numbers = sorted(random.sample(range(len(tree.blocks)), random.randint(0, len(tree.blocks))))
    blocks = type_blocks(tree, numbers, page, [ONE])
    text = "\n".join(block.text for block in blocks)
    assert all(tree.blocks[number].text in text for number in numbers)
    body, place = body_of(blocks), 0
    for block in blocks:
        if block.in_body:
            place = body.index(block.text, place) + len(block.text)
        assert block.in_body == IN_BODY[block.kind]
        assert not block.url or block.url.startswith(("https://", "http://"))


@pytest.mark.skipif(not BENCH.is_dir(), reason="the shared pages are not there")
def test_the_blocks_of_real_pages_make_the_chosen_text() -> None:
    lines = (BENCH / "pages.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines[::25]):
        page = parse_page(gzip.decompress((BENCH / row["path"]).read_bytes()), row["url"], None, NOW)
        told = read_metadata(page, Hints())
        choice = choose_blocks(page, told.titles, told.summaries)
        if choice.text is not None:
            continue
        blocks = type_blocks(choice.tree, choice.chosen, page, told.summaries)
        aside = {BlockKind.EMBED, BlockKind.LIVE_ENTRY}
        if not any(block.kind in aside and block.text for block in blocks):
            words = " ".join(choice.tree.blocks[number].text for number in choice.chosen).split()
            assert body_of(blocks).split() == words, row["id"]
