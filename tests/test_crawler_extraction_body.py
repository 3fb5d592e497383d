from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.body.blocks import normal_space, read_blocks
from crawler.extraction.body.lexicon import Zone, is_credit, is_furniture, opens_comments, zone_of_name
from crawler.extraction.body.matching import prose_shares, shares, words
from crawler.extraction.metadata.read import read_metadata
from crawler.extraction.page import Hints, Page, parse_page
from crawler.extraction.report import Told, read_report

SEED = Path(__file__).parents[2] / "shared" / "seed"
NOW = datetime(2026, 11, 20, tzinfo=UTC)

ENGLISH = [
    "(The Outlet)- At least seven civilians were killed on Tuesday when shells hit a market in Saraqeb, rescuers said.",
    "Nine people were wounded, among them three children, according to the town's field hospital.",
    "The shelling came hours after a truce was announced in the northern countryside of Idlib.",
    "RESIDENTS FLEE",
    "Dozens of families left for the border strip on Wednesday morning, a local council member told us.",
    "The Outlet, Agencies",
]
ARABIC = [
    "(زمان) قتل سبعة مدنيين على الأقل يوم الثلاثاء إثر سقوط قذائف على سوق في مدينة سراقب بحسب فرق الإنقاذ.",
    "وأصيب تسعة أشخاص بينهم ثلاثة أطفال وفق ما أفاد به المشفى الميداني في المدينة.",
    "وجاء القصف بعد ساعات من إعلان هدنة في ريف إدلب الشمالي شملت ثلاث بلدات.",
    "ونزحت عشرات العائلات صباح الأربعاء نحو الشريط الحدودي بحسب عضو في المجلس المحلي.",
    "زمان - وكالات",
]
WORDS = {
    "en": ("Search For Keyword.", "Total Comments (0)", "Comments About This Article", "Please fill the fields below.",
           "*code confirming note", "Most Read", "All rights reserved", "The Outlet"),
    "ar": ("ابحث عن كلمة.", "مجموع التعليقات (0)", "تعليقات حول الموضوع", "لإرسال تعليق,الرجاء تعبئة الحقول التالية",
           "*ملاحظة رمز التأكيد", "الأكثر قراءة", "جميع الحقوق محفوظة", "زمان"),
}  # fmt: skip
HEADLINES = {
    "en": [
        "Fuel prices rise again in the north",
        "Detainee lists: families still wait",
        "A village rebuilt by hand",
    ],
    "ar": ["أسعار الوقود ترتفع مجددا في الشمال", "قوائم المعتقلين: العائلات تنتظر", "قرية يعيد أهلها بناءها"],
}


def extract_body(page: Page, title: str | None) -> str:
    told = read_metadata(page, Hints())
    return read_report(page, Told(title, told.titles, told.summaries)).body


def parse(markup: str) -> Page:
    return parse_page(
        markup.encode(), "https://outlet.example/news/article/7", "text/html; charset=utf-8", NOW
    )


def old_layout(language: str, title: str, paragraphs: list[str]) -> str:
    """A page as an old CMS makes it: paragraphs are text between <br>, furniture all around."""
    search, total, about, fill, note, most, rights, writer = WORDS[language]
    details = "<br />\n<br />\n".join(paragraphs)
    stories = "".join(
        f'<li><a href="/news/article/{n}/">{h}</a></li>' for n, h in enumerate(HEADLINES[language])
    )
    return f"""<!DOCTYPE html><html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">
<head><title>{title}</title><meta property="og:title" content="{title}" /><script>var a = "<p>no text</p>";</script></head>
<body><div class="container"><div class="row header"><div class="col-md-8">
<form action="/news/search/" method="post"><input type="text" name="q" /> {search}</form>
<ul class="nav"><li><a href="/">Home</a></li><li><a href="/news/articles/1/1">News</a></li></ul></div></div>
<div class="row"><div class="col-md-8"><h2>{title}</h2><div class="date">2026-01-24 18:04:11</div>
<div class="details">{details}</div><div class="writer">{writer}</div>
<div class="like"><a href="/like"><img src="l.png" /></a> <span id="like">(71)</span>&nbsp;&nbsp;
<a href="/dislike"><img src="d.png" /></a> <span id="dislike">(70)</span></div>
<h4>{total}</h4><hr /><h4>{about}</h4><div class="comment"><p>{fill}</p>
<form action="/comment" method="post"><textarea name="c"></textarea><span>{note}</span><input type="submit" /></form>
</div></div><div class="col-md-4 side"><h4>{most}</h4><ul>{stories}</ul></div></div>
<div class="footer">{rights} &copy; {writer}</div></div></body></html>"""


def modern_layout(inside: str, head: str = "", after: str = "") -> str:
    paragraphs = "".join(f"<p>{p}</p>" for p in ENGLISH[:3])
    return f"""<html><head><title>Shells hit market in Saraqeb</title>{head}</head><body><nav><a href="/">Home</a></nav>
<main><article><h1>Shells hit market in Saraqeb</h1>{inside}<div class="story">{paragraphs}</div></article>{after}</main>
<footer>All rights reserved</footer></body></html>"""


@pytest.mark.parametrize(("language", "paragraphs"), [("en", ENGLISH), ("ar", ARABIC)])
@pytest.mark.parametrize("count", [1, 2, 4, 9])
def test_old_layout_comes_out_exactly(language: str, paragraphs: list[str], count: int) -> None:
    title = HEADLINES[language][0]
    markup = old_layout(language, title, paragraphs[:count])
    assert extract_body(parse(markup), title).split("\n\n") == paragraphs[:count]


def test_reference_page_comes_out_exactly() -> None:
    if not (SEED / "article.html").exists():
        pytest.skip("the reference page is not ours to distribute")
    expected = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))
    page = parse_page((SEED / "article.html").read_bytes(), expected["url"], "text/html", NOW)
    body = extract_body(page, expected["title"])
    assert body.split("\n\n") == expected["body_paragraphs"]
    assert not [phrase for phrase in expected["never"] if phrase in body]


@pytest.mark.parametrize(
    "box",
    [
        '<div class="related-stories"><h3>Related stories</h3><p>Fuel prices rise again in the north of the province.</p></div>',
        '<div class="newsletter-signup"><p>Get the morning briefing on the war in your inbox, every day.</p></div>',
        '<figure><img src="x.jpg"><figcaption>Smoke over the market of Saraqeb on Tuesday. Photo: Reuters</figcaption></figure>',
        '<p><a href="/other">Read also: Fuel prices rise again in the north of the province, traders say</a></p>',
        '<div class="AuthorBio"><p>Our correspondent has covered the north of the country since 2012.</p></div>',
        '<p style="display: none">Only machines read this line of text, which no reader is shown.</p>',
        "<p>Photo: Agency / Handout</p>",
        "<h3>Shells hit market in Saraqeb</h3>",
    ],
)
def test_boxes_inside_the_story_are_left_out(box: str) -> None:
    markup = modern_layout("").replace(f"<p>{ENGLISH[1]}</p>", f"{box}<p>{ENGLISH[1]}</p>")
    assert extract_body(parse(markup), None).split("\n\n") == ENGLISH[:3]


def test_lists_and_tables_keep_their_lines() -> None:
    inside = """<ul><li>Seven killed in the market</li><li>Nine wounded in the market</li></ul>
    <table><tr><td>Saraqeb</td><td>7</td></tr><tr><td>Maarat al-Numan</td><td>2</td></tr></table>"""
    markup = modern_layout("").replace(f"<p>{ENGLISH[2]}</p>", f"{inside}<p>{ENGLISH[2]}</p>")
    body = extract_body(parse(markup), None)
    assert "Seven killed in the market\nNine wounded in the market\n\n" in body
    assert "Saraqeb | 7\nMaarat al-Numan | 2\n\n" in body


def test_standfirst_stays_where_the_page_shows_it_as_its_summary() -> None:
    summary = "A truce that was hours old did not hold in the north of the country on Tuesday."
    markup = modern_layout(
        f'<div class="dek">{summary}</div>', f'<meta name="description" content="{summary}">'
    )
    assert extract_body(parse(markup), None).split("\n\n") == [summary, *ENGLISH[:3]]


@pytest.mark.parametrize(
    "name", ["card", "article with-image", "share-area", "print-area", "overflow-hidden"]
)
@pytest.mark.parametrize("count", [1, 3])
def test_a_short_report_survives_the_name_of_its_box(name: str, count: int) -> None:
    markup = f"""<html><head><title>Shells hit market</title></head><body><ul><li><a href="/">Home</a></li></ul>
    <h1>Shells hit market</h1><div class="{name}">{"".join(f"<p>{p}</p>" for p in ENGLISH[:count])}</div>
    <div class="related-news"><h3>Related news</h3><p>Fuel prices rise again in the north of the province.</p></div>
    </body></html>"""
    assert extract_body(parse(markup), "Shells hit market").split("\n\n") == ENGLISH[:count]


def test_comments_of_readers_are_cut_off() -> None:
    after = "<section><h3>3 comments</h3><p>I was there on Tuesday and it was much worse than you write.</p></section>"
    assert extract_body(parse(modern_layout("", after=after)), None).split("\n\n") == ENGLISH[:3]


def test_comments_longer_than_the_report_are_cut_off() -> None:
    report = "".join(
        f"<p>Shells hit district {n} of the town on Monday, and its residents left their homes before noon, officials said. The toll was not known by the evening, when the roads were shut.</p>"
        for n in range(6)
    )
    comments = "".join(
        f"<div class=entry><b>r{n}</b><br>Opinion {n}: may it end soon, for all.</div>" for n in range(45)
    )
    page = parse(f"<div class=details>{report}</div><h4>Total Comments (45)</h4><div>{comments}</div>")
    body = extract_body(page, None)
    assert body.count("Shells hit") == 6
    assert "Opinion" not in body


def test_a_page_of_furniture_alone_has_no_body() -> None:
    page = parse(
        "<ul><li><a href=/1>News</a></li><li><a href=/2>Opinion</a></li></ul><h2>A video</h2><div class=date>2025-12-29"
        "</div><h4>Total Comments (0)</h4><h4>Most Read</h4><ul><li><a href=/3>Strike on a market kills dozens</a></li></ul>"
    )
    assert extract_body(page, "A video") == ""


def test_an_unclosed_promotion_does_not_swallow_the_story() -> None:
    long = [
        f"{paragraph} Paragraph {n} goes on for a while about the same events."
        for n in range(6)
        for paragraph in ENGLISH[:3]
    ]
    markup = "<html><body><h1>Shells hit market</h1><div class='promo'>" + "".join(
        f"<p>{p}</p>" for p in long
    )
    assert extract_body(parse(markup), None).split("\n\n") == long


def test_paragraphs_are_clean() -> None:
    markup = modern_layout("").replace("Nine people", "Nine&nbsp;&nbsp;\n peo\u200bp\u00adle\ufeff")
    assert extract_body(parse(markup), None).split("\n\n") == ENGLISH[:3]
    assert normal_space(" می\u200cخواهم \u200f2\u00a0026 \n") == "می\u200cخواهم \u200f2 026"


def test_a_page_without_text_has_no_body() -> None:
    assert extract_body(parse("<html><body><img src='x'></body></html>"), None) == ""


def test_a_huge_page_is_read_by_its_own_blocks() -> None:
    paragraphs = [
        f"Paragraph {n}: five civilians were killed and {n} wounded in the shelling." for n in range(21_000)
    ]
    body = extract_body(parse("<html><body><div>" + "".join(f"<p>{p}</p>" for p in paragraphs)), None)
    assert body.split("\n\n") == paragraphs


def test_blocks_end_at_two_breaks_and_remember_one() -> None:
    tree = read_blocks(
        parse("<html><body><div>one<br>two<br> <br>three <a href=x>li<b>n</b>k</a><p>four</p>five").tree
    )
    assert [(b.text, b.after_break, b.link_chars) for b in tree.blocks] == [
        ("one", False, 0), ("two", True, 0), ("three link", False, 4), ("four", False, 0), ("five", False, 0)
    ]  # fmt: skip


def test_links_are_counted_past_a_hidden_one() -> None:
    tree = read_blocks(
        parse("<html><body><p><a hidden>no</a><a href=x>yes</a></p><p>text <a href=y>link</a></p>").tree
    )
    assert [(b.text, b.link_chars) for b in tree.blocks] == [("yes", 3), ("text link", 4)]


def test_shares_of_blocks() -> None:
    text = "Five civilians were killed in Saraqeb on Friday\nThe Outlet"
    blocks = ["five civilians were killed in Saraqeb on friday", "five civilians were killed and buried elsewhere",
              "The Outlet", "Outlet", ""]  # fmt: skip
    assert shares([words(block) for block in blocks], text) == [1.0, 0.0, 1.0, 0.0, 0.0]
    assert prose_shares(read_blocks(parse("<html><body><a href=x>a</a></body></html>").tree)) == [0.0]


def test_lexicon_knows_names_and_lines() -> None:
    assert zone_of_name("col-4 relatedLinks") is Zone.JUNK
    assert zone_of_name("story__read-more") is Zone.JUNK
    assert zone_of_name("wp-caption-text") is Zone.CAPTION
    assert zone_of_name("post tag-x commentary shared-layout") is None
    assert zone_of_name("more from") is None
    for line in ("Total Comments (0)", "12 Comments", "تعليقات حول الموضوع", "Комментарии (3)", "Коментарі"):
        assert opens_comments(line)
    assert not opens_comments("Comments by the minister drew protests")
    assert is_furniture("Most Read")
    assert is_furniture("الأكثر قراءة")
    assert is_furniture("Читайте также:")
    assert not is_furniture("Most read the verdict in silence")
    assert is_credit("Photo: Reuters")
    assert is_credit("© AFP")
    assert not is_credit("Photographs of the dead were shown")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["<p>", "</p>", "<div class=promo>", "</div>", "<br>", "<a href=x>", "</a>", "<table>", "<tr>",
                                 "<td>", "<li>", "<ul>", "<b>", "<svg>", "</svg>", "<title>", "<h1>", "<form>", "<span hidden>",
                                 "Five civilians were killed on Friday, rescuers said. ", "&nbsp;", "كلمة", "<x-y>"]), max_size=80))  # fmt: skip
def test_tag_soup_gives_clean_paragraphs(parts: list[str]) -> None:
    body = extract_body(parse("<html><body>" + "".join(parts)), "A title")
    assert body == body.strip()
    assert "\n\n\n" not in body
    assert all(line == normal_space(line) for line in body.split("\n"))


@given(st.text(alphabet=st.sampled_from("aB1_ .-\n\x1cé漢か\u00ad\u200b\u00a0“"), max_size=12))
def test_plain_text_is_cut_and_spaced_as_any_other(text: str) -> None:
    assert words(f"{text} é")[:-1] == words(text)
    assert normal_space(f"{text} é") == f"{normal_space(text)} é".strip()
