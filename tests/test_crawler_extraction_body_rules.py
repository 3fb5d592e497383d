"""The rules of the single-page filter, one by one: a first extraction is given, the choice among blocks is tested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.body.blocks import BlockTree, read_blocks
from crawler.extraction.body.filter import BodyFilter
from crawler.extraction.body.lexicon import Zone, heads_other_stories, is_furniture, zone_of_name
from crawler.extraction.body.lines import is_address, is_day, is_promotion, is_reading_time, is_wordless
from crawler.extraction.body.liveblogs import entries_left
from crawler.extraction.body.matching import shares, words
from crawler.extraction.body.torn import torn_off
from crawler.extraction.page import parse_page

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TITLE = "Shells hit market in Saraqeb"
REPORT = [
    "At least seven civilians were killed on Tuesday when shells hit a market in the town, rescuers said.",
    "Nine people were wounded, among them three children, according to the field hospital in the town.",
    "The shelling came hours after a truce was announced in the northern countryside of the province.",
    "Dozens of families left for the border strip on Wednesday morning, a local council member told us.",
]
OTHER = "Fuel prices rise again in the north of the province, where traders speak of empty stores and long queues."


def chosen(
    markup: str, first: Sequence[str] | None = None, *, title: str = TITLE, summary: str = ""
) -> list[str]:
    """Return what the filter chooses of a page; `first`: the lines of the first extraction (all if not given)."""
    page = parse_page(markup.encode(), "https://outlet.example/7", "text/html; charset=utf-8", NOW)
    tree = read_blocks(page.tree)
    block_words = [words(block.text) for block in tree.blocks]
    found = (
        [1.0] * len(block_words)
        if first is None
        else [
            share if any(line == block.text for line in first) else 0.0
            for share, block in zip(shares(block_words, "\n".join(first)), tree.blocks, strict=True)
        ]
    )
    numbers = BodyFilter(tree, block_words, found, [title], [summary] if summary else []).run()
    return [tree.blocks[number].text for number in numbers]


def found_by(
    find: Callable[[BlockTree, Sequence[bool]], Sequence[int]], markup: str, first: Sequence[str]
) -> list[str]:
    """Return the lines that one of the searches adds to a first extraction."""
    page = parse_page(markup.encode(), "https://outlet.example/7", "text/html; charset=utf-8", NOW)
    tree = read_blocks(page.tree)
    numbers = find(tree, [block.text in first for block in tree.blocks])
    return [tree.blocks[number].text for number in numbers]


def paragraphs(lines: Sequence[str], name: str = "") -> str:
    return "".join(f'<p class="{name}">{line}</p>' if name else f"<p>{line}</p>" for line in lines)


def story(before: str = "", middle: str = "", after: str = "") -> str:
    inner = paragraphs(REPORT[:2]) + middle + paragraphs(REPORT[2:])
    return f"<html><body><main>{before}<div class=story>{inner}{after}</div></main></body></html>"


@pytest.mark.parametrize(
    "line",
    ["___", "* * *", "– • –", "reporter@outlet.example", "https://outlet.example/news/7", "@theoutlet", "twitter.com/theoutlet",
     "3 min read", "Estimated reading time: 4 minutes", "Lesezeit: 2 Minuten", "Temps de lecture : 3 min", "Время чтения: 2 мин",
     "وقت القراءة: 3 دقائق", "زمان مطالعه: ۳ دقیقه", "Okuma süresi: 2 dakika",
     "Follow us on Telegram and Facebook for the latest news", "Sign up for our daily newsletter on the war",
     "Never miss a story: subscribers get our newsletter first.", "Подписывайтесь на наш канал в Telegram",
     "Підписуйтесь на наш Telegram-канал", "تابعونا على تلغرام", "اشترك في قناتنا على واتساب", "ما را در تلگرام دنبال کنید",
     "Abonnez-vous à notre newsletter", "Suivez-nous sur WhatsApp", "Síguenos en Facebook",
     "Folgen Sie uns auf Telegram", "Haberleri Telegram'dan takip edin",
     "Read more", "Читайте также:", "Матеріали за темою", "اقرأ المزيد", "مواضيع ذات صلة", "بیشتر بخوانید", "İlgili haberler",
     "Lesen Sie auch", "À lire également", "Te puede interesar", "Advertisement", "Anzeige", "إعلان", "Реклама", "Поширити",
     "Total Comments (0)", "Most Read", "Share this story"],
)  # fmt: skip
def test_lines_that_are_no_part_of_a_report(line: str) -> None:
    assert chosen(story(middle=f"<p>{line}</p>")) == REPORT
    assert chosen(story(middle=f"<p>{line}</p>"), REPORT) == REPORT  # nor are they taken in


@pytest.mark.parametrize(
    "line",
    ["“Follow us on Telegram,” the group told residents in a leaflet.", "Following the strike, he wrote on Telegram that three had died.",
     "He read more than a hundred letters of prisoners.", "Join the army, a leaflet on Facebook said.", "Watch towers were set on fire, a post on Telegram said.",
     "Подписание соглашения отложено, сообщил он в Telegram.", "Подписали соглашение, пишет Telegram-канал.",
     "تابع المتحدث في منشور على تلغرام أن القصف مستمر", "اشترك في القتال ألف مقاتل بحسب قناة على تلغرام", "حمل المحتجون صورا نشرتها صفحات على فيسبوك",
     "انضم إلى المجموعة مئات الشبان بحسب ما نشر على تلغرام", "عضو شورای شهر در تلگرام نوشت که سه نفر کشته شدند",
     "Jetzt droht die Regierung Telegram mit einer Sperre.", "Más de cien muertos en el norte", "Il suivait les ordres reçus sur WhatsApp",
     "The Outlet, Agencies", "AFP", "7 killed", "“Yes,” she said.", "It was 10:15 when the first shell fell."],
)  # fmt: skip
def test_lines_of_reports_stay(line: str) -> None:
    expected = [*REPORT[:2], line, *REPORT[2:]]
    assert chosen(story(middle=f"<p>{line}</p>")) == expected


def test_line_tests_know_their_lines() -> None:
    assert is_wordless("___")
    assert not is_wordless("٣")
    assert is_address("www.outlet.example")
    assert not is_address("See www.outlet.example")
    assert is_reading_time("5 min read")
    assert not is_reading_time("5 min later")
    assert is_day("17:41 JST, October 13, 2024")
    assert is_day("السبت 13 أكتوبر 2024 - 18:04")
    assert is_day("٢٠٢٤/١٠/١٣")
    assert not is_day("In 2024, 13 villages fell within one night")
    assert not is_day("October 2024")
    assert heads_other_stories("Read also:")
    assert not heads_other_stories("Advertisement")
    assert is_furniture("Advertisement")
    assert not is_promotion("")


def test_a_name_may_stand_in_two_lists() -> None:
    lists = "".join(
        f"<h3>Killed on {day}</h3><ul><li>Unknown</li><li>Man of {age}, from the town</li></ul>"
        for day, age in (("Monday", 30), ("Tuesday", 40))
    )
    assert chosen(story(after=lists)).count("Unknown") == 2


@pytest.mark.parametrize("items", ["", "<li>Nine wounded</li>"])
def test_the_hidden_twin_of_a_report_is_left_out(items: str) -> None:
    inner = f"<h3>What happened</h3>{paragraphs(REPORT)}<ul><li>Seven killed</li>{items}</ul>"
    short = "<div><ul><li>Seven killed</li></ul></div>"
    markup = (
        f"<html><body>{short}<div class=desktop>{inner}</div><div class=mobile>{inner}</div></body></html>"
    )
    expected = ["What happened", *REPORT, "Seven killed"] + (["Nine wounded"] if items else [])
    assert chosen(markup) == expected


def test_counters_and_boxes_made_like_paragraphs_stay_out() -> None:
    furniture = (
        "<p>(71) (70)</p><p>Search For Keyword.</p><h4>Total Comments (0)</h4><p>Please fill the fields below.</p>"
        f"<h4>Most Read</h4><p><a href=/8>{OTHER}</a></p><p>{OTHER}</p>"
    )
    assert chosen(torn(paragraphs(REPORT), furniture), REPORT) == REPORT
    assert chosen(torn(paragraphs(REPORT) + furniture), REPORT) == REPORT


def torn(*pieces: str) -> str:
    advert = '<div class="slot"><span>Advertisement</span></div>'
    sections = advert.join(f'<div class="article-text">{piece}</div>' for piece in pieces)
    return f'<html><body><main><div class="page">{sections}</div></main></body></html>'


def test_a_torn_report_is_made_whole() -> None:
    markup = torn(
        paragraphs(REPORT[:2]), f"<h3>Residents flee</h3>{paragraphs(REPORT[2:])}", "<p>Calm later.</p>"
    )
    assert chosen(markup, REPORT[:2]) == [*REPORT[:2], "Residents flee", *REPORT[2:]]


@pytest.mark.parametrize(
    "between",
    [
        "<h1>Fuel prices rise again</h1>",
        "<h2><a href=/8>Fuel prices rise again in the north</a></h2>",
        "<h4>Total Comments (2)</h4>",
        "<p><a href=/8>Fuel prices rise again in the north</a></p>",
    ],
)
def test_what_follows_another_headline_is_another_story(between: str) -> None:
    assert found_by(torn_off, torn(paragraphs(REPORT), f"<p>{OTHER}</p>"), REPORT) == [OTHER]
    assert found_by(torn_off, torn(paragraphs(REPORT), f"{between}<p>{OTHER}</p>"), REPORT) == []


def test_another_article_of_the_same_make_is_not_the_report() -> None:
    article = '<article><div class="article-text">{}</div></article>'
    markup = f"<html><body><main>{article.format(paragraphs(REPORT))}{article.format(f'<p>{OTHER}</p>')}</main></body></html>"
    assert found_by(torn_off, markup, REPORT) == []


def test_paragraphs_without_any_name_are_not_followed() -> None:
    markup = f"<html><body><div>{paragraphs(REPORT)}</div><div><p>{OTHER}</p></div></body></html>"
    assert found_by(torn_off, markup, REPORT) == []


def live_page(headline: str, name: str, *, entries: int = 6, link: bool = False, heading: str = "") -> str:
    def text(number: int) -> str:
        words_ = f"Shells hit district {number} of the town before noon, and residents left their homes."
        return (
            f"<a href=/{number}>{words_}</a><br>Short news of district {number}, with no more in it than that."
            if link
            else words_
        )

    inside = "".join(f"<section><b>{n + 10}:15</b><div>{text(n)}</div></section>" for n in range(entries))
    return (
        f"<html><body><main><h1>{headline}</h1><div>{paragraphs(REPORT)}</div>{heading}<div class='{name}'>{inside}</div>"
        "</main></body></html>"
    )


@pytest.mark.parametrize(
    ("headline", "name"),
    [("Live: war in the north", "x"), ("War in the north", "live-feed"), ("War in the north", "timeline"),
     ("Война на севере. Онлайн", "x"), ("تغطية مباشرة: الحرب في الشمال", "x"), ("La guerre au nord en direct", "x")],
)  # fmt: skip
def test_entries_of_a_live_blog_are_taken_in(headline: str, name: str) -> None:
    found = chosen(live_page(headline, name), REPORT, title=headline)
    assert [line for line in found if line.startswith("Shells hit district")] == [
        f"Shells hit district {n} of the town before noon, and residents left their homes." for n in range(6)
    ]
    assert found[:4] == REPORT
    assert not [line for line in found if line.endswith(":15")]


@pytest.mark.parametrize(
    ("headline", "page"),
    [
        ("war in the north", live_page("", "x")),  # nothing says that it's live: comments look the same
        ("live war in the north", live_page("", "x", entries=4)),
        ("live war in the north", live_page("", "x", link=True)),  # teasers
        ("live war in the north", live_page("", "x", heading="<h4>6 comments</h4>")),
    ],
)
def test_what_looks_like_a_live_blog_but_is_none(headline: str, page: str) -> None:
    assert len(found_by(lambda t, c: entries_left(t, c, ["live"]), live_page("", "x"), REPORT)) == 6
    assert found_by(lambda t, c: entries_left(t, c, [headline]), page, REPORT) == []


def test_short_lines_of_the_main_kind_are_taken_in() -> None:
    line = "Nobody answered, she said."
    markup = story(middle=f"<p>{line}</p><p class=note>{line[:-1]} again.</p>")
    assert chosen(markup, REPORT) == [*REPORT[:2], line, *REPORT[2:]]


def test_the_first_paragraph_of_the_same_element_is_taken_in() -> None:
    assert chosen(story(), REPORT[1:]) == REPORT


def test_a_heading_may_stand_above_the_element_of_its_paragraphs() -> None:
    middle = f"<section><h3>Residents flee</h3><div><div>{paragraphs([OTHER])}</div></div></section>"
    assert chosen(story(middle=middle), [*REPORT, OTHER]) == [
        *REPORT[:2],
        "Residents flee",
        OTHER,
        *REPORT[2:],
    ]


@pytest.mark.parametrize(
    "label",
    [
        "<div><span>World</span></div>",
        "<header><p>Video</p></header>",
        "<div><h2>Main content</h2></div>",
        "<header><h2>Shells hit a market in Saraqeb, killing seven civilians</h2></header>",
        "<div>Tuesday, 13 October 2026</div>",
    ],
)
def test_labels_and_second_titles_before_the_report_are_left_out(label: str) -> None:
    assert chosen(story(before=label)) == REPORT


def test_a_list_before_the_report_stays() -> None:
    points = "<ul><li>Seven killed in a market</li><li>Truce broken in hours</li></ul>"
    assert chosen(story(before=points))[:2] == ["Seven killed in a market", "Truce broken in hours"]


def test_the_day_of_a_report_is_left_out_above_its_paragraphs() -> None:
    markup = f"<html><body><div>{paragraphs(['17:41 JST, October 13, 2026', *REPORT])}</div></body></html>"
    assert chosen(markup) == REPORT


def test_a_subheading_or_place_among_the_paragraphs_stays() -> None:
    opening = ["Saraqeb, Monday", *REPORT]
    markup = f"<html><body><main><h3>What is known</h3>{paragraphs(opening)}</main></body></html>"
    assert chosen(markup) == ["What is known", *opening]


@pytest.mark.parametrize(
    "pointer",
    [
        "<ul><li>Idlib: <a href=/8>What is known of the truce</a></li><li>Aleppo: <a href=/9>A day in the old town</a></li></ul>",
        "<div><div><p>Read more</p></div><div><a href=/8>Fuel prices rise again</a></div><p>Traders speak of empty stores there.</p></div>",
        "<div><div><p>Читайте также</p></div><div><a href=/8>Цены на топливо растут</a></div><p>Торговцы говорят о пустых складах.</p></div>",
        "<div><div><p>اقرأ أيضا</p></div><div><a href=/8>أسعار الوقود ترتفع مجددا</a></div><p>يتحدث التجار عن مخازن فارغة في الشمال.</p></div>",
    ],
)
def test_lists_and_boxes_that_point_to_other_stories_are_left_out(pointer: str) -> None:
    assert chosen(story(middle=pointer)) == REPORT


def test_a_list_with_an_item_of_its_own_stays() -> None:
    items = "<ul><li>Seven killed, <a href=/8>the field hospital of the town said</a></li><li>Nine wounded</li></ul>"
    assert len(chosen(story(middle=items))) == len(REPORT) + 2


def test_a_label_inside_the_report_takes_nothing_with_it() -> None:
    section = f"<section><p>Read also</p>{paragraphs([OTHER])}</section>"
    assert chosen(story(middle=section)) == [*REPORT[:2], OTHER, *REPORT[2:]]


def test_a_standfirst_may_be_called_a_teaser_and_begin_with_a_place() -> None:
    summary = "A truce that was hours old did not hold in the north of the country on Tuesday."
    for text in (summary, f"Saraqeb. {summary}"):
        markup = story(before=f"<header><p class='article-teaser'>{text}</p></header>")
        assert chosen(markup, REPORT, summary=summary) == [text, *REPORT]
    far = story(before=f"<p>{OTHER} {summary}</p>")
    assert chosen(far, REPORT, summary=summary) == REPORT


def test_a_box_of_facts_is_left_out_though_it_is_long() -> None:
    report = [f"{line} Paragraph {n} goes on for a while about it." for n in range(5) for line in REPORT]
    facts = "".join(
        f"<li>Fact {n} of the war that everybody should know about, and its sources.</li>" for n in range(12)
    )
    markup = f"<html><body><main>{paragraphs(report)}<aside><ul>{facts}</ul></aside>{paragraphs([OTHER])}</main></body></html>"
    assert chosen(markup) == [*report, OTHER]


def test_random_marks_name_no_zone() -> None:
    assert zone_of_name("text block-id-n1AuAdJlVL") is None
    assert zone_of_name("adSlot1") is Zone.JUNK
    assert zone_of_name("ad-300x250") is Zone.JUNK


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("a@./:-_ 1٣:م!Ж漢\u200f'\"«"), max_size=320))
def test_no_line_is_too_odd_for_the_line_tests(line: str) -> None:
    for test in (is_wordless, is_address, is_reading_time, is_promotion, is_day, is_furniture):
        assert test(line) in (True, False)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(["<div class=live>", "<section>", "</section>", "</div>", "<p>", "10:15 ", f"{OTHER} ", "<h2>", "<a href=x>", "</a>",
                         "<ul>", "<li>", "Read more", "<article>", "</article>", "7 comments", "<h1>", "___"]),
        max_size=120,
    ),
    st.lists(st.booleans(), min_size=1, max_size=7),
)  # fmt: skip
def test_any_page_and_any_first_extraction_give_a_choice_in_order(
    parts: list[str], taken: list[bool]
) -> None:
    page = parse_page(("<html><body><p>" + "".join(parts)).encode(), "https://o.example/", "text/html", NOW)
    tree = read_blocks(page.tree)
    found = [float(taken[number % len(taken)]) for number in range(len(tree.blocks))]
    numbers = BodyFilter(tree, [words(b.text) for b in tree.blocks], found, ["Live: a title"], []).run()
    assert numbers == sorted(set(numbers))
    assert all(0 <= number < len(tree.blocks) for number in numbers)
