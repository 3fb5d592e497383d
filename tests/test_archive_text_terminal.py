from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from archive.text.highlight import END, START, as_html, render
from archive.text.terminal import clean, display_width, one_line, wrap


def test_escape_sequences_go_whole():
    assert clean("a\x1b[31mred\x1b[0m\x1b]0;owned\x07\x1b]8;;http://x\x1b\\b\x9b2Jc") == "aredbc"
    assert clean("an \x1b] unfinished one") == "an ] unfinished one"


def test_controls_and_direction_overrides_go_but_lines_and_joiners_stay():
    assert clean("a\x00\x07\x08b\tc\nd\r\ne\rf\u2028g\x85h") == "ab\tc\nd\ne\nf\ng\nh"
    assert clean("\u202egnp.exe\u2066\u2069") == "gnp.exe"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


def test_one_line():
    assert one_line(" two\n\tlines\x1b[2J ") == "two lines"


@given(st.text())
def test_nothing_that_is_printed_is_a_command(text):
    for character in clean(text):
        assert character in "\n\t\x02\x03" or unicodedata.category(character) not in {"Cc", "Cs"}


def test_width_counts_columns():
    assert display_width("abc") == 3
    assert display_width("قَصْف") == 3
    assert display_width("停火") == 4


def test_wrap_breaks_at_spaces_and_keeps_paragraphs():
    assert wrap("one two three\n\nfour", 11, "  ") == "  one two\n  three\n\n  four"
    assert wrap("left  as it is, however long", None, "> ") == "> left  as it is, however long"
    assert wrap("停火停火停火", 5) == "停火\n停火\n停火"


@given(st.text(alphabet="aب停\u064e \n", max_size=80), st.integers(1, 20))
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    wrapped = wrap(text, width)
    assert "".join(wrapped.split()) == "".join(text.split())
    # one character may be wider than the whole line
    assert all(display_width(line) <= max(width, 2) for line in wrapped.split("\n"))


def test_marks_are_shown_and_strays_go():
    text = f"a {START}b c{END} d{END} {START}e"
    assert render(text, "[", "]") == "a [b c] d e"
    assert render(text, "\\1", "\\g<0>") == "a \\1b c\\g<0> d e"


def test_html_is_escaped_but_for_the_marks():
    assert as_html(f"<b>1</b> & {START}<i>{END}") == "&lt;b&gt;1&lt;/b&gt; &amp; <b>&lt;i&gt;</b>"


@given(st.text(alphabet="ab<>&\x02\x03"))
def test_marks_are_always_in_pairs(text):
    shown = as_html(text)
    assert shown.count("<b>") == shown.count("</b>")
    assert shown.count("<") == 2 * shown.count("<b>")
