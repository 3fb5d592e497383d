from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import InvalidInput
from archive.importer import MAX_LINE_BYTES, Line, parse_line, read_lines
from archive.models import ArticleText, ImportedArticle, PublishedDate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOOD = {"url": "https://x.example/1", "source": "my-notes", "title": "Raid", "body": "Two dead."}


def parsed(**changes):
    fields = {key: value for key, value in (GOOD | changes).items() if value is not ...}
    return parse_line(Line(1, json.dumps(fields).encode()), NOW)


def refused(content):
    with pytest.raises(InvalidInput) as caught:
        parse_line(Line(1, content), NOW)
    message = str(caught.value)
    assert message
    assert "\n" not in message
    return message


def test_the_least_that_is_needed():
    assert parsed().imported == ImportedArticle(
        "my-notes", "https://x.example/1", ArticleText(title="Raid", body="Two dead."),
        line_sha256=hashlib.sha256(json.dumps(GOOD).encode()).hexdigest(),
    )  # fmt: skip
    assert parsed().unknown_keys == ()


def test_everything_that_may_be_said():
    found = parsed(
        url="HTTPS://X.example/1?utm_source=a&p=2#top", title=" Raid\n on  Kidal ", body="One.\r\n\r\nTwo.\x00\x1b[0m",
        published_at="2026-01-24T18:04:11+02:00", language="en-GB", author="Ann", standfirst="In short",
        section="World", dateline="KIDAL", modified_at="2026-01-25", seen_at="2026-01-26T00:00:00Z", agency="AFP",
        tags=["Mali", " Kidal\n raid\x00"], is_truncated=True,
    )  # fmt: skip
    moment = datetime(2026, 1, 24, 16, 4, 11, tzinfo=UTC)
    assert replace(found.imported, line_sha256=None) == ImportedArticle(
        source_id="my-notes",
        url="https://x.example/1?p=2",
        article=ArticleText(
            title="Raid on Kidal", body="One.\n\nTwo.[0m", standfirst="In short", author="Ann", dateline="KIDAL",
            section="World", language="en", agency="AFP", tags=("Mali", "Kidal raid"), is_truncated=True,
            published=PublishedDate(moment, "second", "import", "2026-01-24T18:04:11+02:00"),
            modified_at=datetime(2026, 1, 25, tzinfo=UTC),
        ),
        seen_at=datetime(2026, 1, 26, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "moment", "precision"),
    [
        ("2026-01-24", datetime(2026, 1, 24, tzinfo=UTC), "day"),
        ("2026-01-24T18:04", datetime(2026, 1, 24, 18, 4, tzinfo=UTC), "minute"),
        ("2026-01-24 18:04:05", datetime(2026, 1, 24, 18, 4, 5, tzinfo=UTC), "second"),
        ("2026-01-24T18:04+02:00", datetime(2026, 1, 24, 16, 4, tzinfo=UTC), "minute"),
        ("2026-01-24T18:04:05.250Z", datetime(2026, 1, 24, 18, 4, 5, 250_000, tzinfo=UTC), "second"),
    ],
)
def test_dates(text, moment, precision):
    published = parsed(published_at=text).imported.article.published
    assert (published.moment, published.precision, published.text) == (moment, precision, text)


def test_null_and_blank_are_absent():
    article = parsed(published_at=None, language="", author="  ", section=None, agency=None).imported.article
    assert (article.published, article.language, article.author, article.section, article.agency) == (
        None,
    ) * 5


@pytest.mark.parametrize(
    ("tags", "read"),
    [
        (["Mali"], ("Mali",)),
        ('["Mali","قتل"]', ("Mali", "قتل")),
        ([" ", None, "x"], ("x",)),
        (None, ()),
        ("", ()),
    ],
)
def test_tags_are_a_list_or_as_an_export_has_them(tags, read):
    assert parsed(tags=tags).imported.article.tags == read


@pytest.mark.parametrize("value", [0, None, False, ...])
def test_a_report_is_whole_unless_it_says_otherwise(value):
    assert parsed(is_truncated=value).imported.article.is_truncated is False


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": ...}, "url is missing or empty"),
        ({"url": "ftp://x.example/"}, "url 'ftp://x.example/' is not an http or https URL"),
        ({"url": "http://[::1"}, "is not an http or https URL"),
        ({"url": 7}, "url is 7, not a text"),
        ({"title": ""}, "title is missing or empty"),
        ({"body": " \n "}, "body is missing or empty"),
        ({"body": ["a"]}, "body is list, not a text"),
        ({"source": ...}, "source is missing or empty"),
        ({"source": "Zaman Al Wasl"}, "source 'Zaman Al Wasl' is no source id"),
        ({"language": "english!"}, "language 'english!' is no language code"),
        ({"published_at": "24 January"}, "published_at '24 January' is no date: write 2026-01-24 or"),
        ({"published_at": "2026-02-30"}, "is no date"),
        ({"published_at": "0001-01-01T00:00+14:00"}, "is no date"),
        ({"published_at": "1066-10-14"}, "is before 1900"),
        ({"published_at": "2206-01-24"}, "is in the future"),
        (
            {"published_at": "2026-01-24", "published_at_precision": "year"},
            "published_at_precision 'year' is none of",
        ),
        ({"modified_at": "soon"}, "modified_at 'soon' is no date"),
        ({"title": "\ud800"}, "title has half a character"),
        ({"source": "x" * 900}, "..."),
    ],
)
def test_what_is_wrong_is_named(changes, message):
    fields = {key: value for key, value in (GOOD | changes).items() if value is not ...}
    assert message in refused(json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not json", "not JSON"),
        (b'{"url": "x"', "not JSON"),
        (b'["url"]', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 5_000, "not JSON"),
        (None, "longer than 16 MB"),
    ],
)
def test_a_line_that_is_none(content, message):
    assert message in refused(content)


def test_unknown_keys_are_told_and_what_an_export_has_is_known():
    assert parsed(publishd_at="x", label=[]).unknown_keys == ("publishd_at", "label")
    found = parsed(
        source=..., source_id="x", id=7, word_count=2, published_at="2026-01-24T00:00:00Z",
        published_at_precision="day", first_seen_at="2026-01-28T00:02:00Z", blocks="[]", date_candidates=None,
        folded_words=None,
    )  # fmt: skip
    assert found.unknown_keys == ()
    assert found.imported.source_id == "x"
    assert found.imported.article.published.precision == "day"
    assert found.imported.seen_at == datetime(2026, 1, 28, 0, 2, tzinfo=UTC)


def test_lines_are_numbered_blank_ones_too():
    stream = io.BytesIO(b'\xef\xbb\xbf{"a":1}\r\n\r\n  \n{"b":2}')
    assert list(read_lines(stream)) == [Line(1, b'{"a":1}'), Line(4, b'{"b":2}')]


@pytest.mark.parametrize("size", [10, 11, 12, 20, 21, 22, 500])
def test_a_line_over_the_limit_is_passed_over_in_pieces(size):
    lines = list(read_lines(io.BytesIO(b"x" * size + b"\nnext\n"), max_bytes=10))
    assert lines == [Line(1, None if size > 10 else b"x" * size), Line(2, b"next")]


def test_the_limit_is_far_from_any_report():
    assert MAX_LINE_BYTES >= 10_000_000


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "url",
        "source",
        "title",
        "body",
        "published_at",
        "language",
        "author",
        "modified_at",
        "published_at_precision",
    ]
)
URLS = st.text().map(lambda text: f"https://{text}") | st.text(alphabet="[]:@/?#%.x1").map(
    lambda text: f"http://{text}"
)


def assert_storable(imported):
    assert imported.article.title
    assert imported.article.body
    for text in (imported.url, imported.article.title, imported.article.body, imported.article.author or ""):
        text.encode()
    if imported.article.published:
        assert 1900 <= imported.article.published.moment.year <= 2026


@given(
    st.one_of(
        st.binary(),
        st.text().map(lambda text: text.encode("utf-8", "replace")),
        VALUES.map(lambda value: json.dumps(value).encode()),
        st.dictionaries(KEYS, VALUES).map(lambda fields: json.dumps(GOOD | fields).encode()),
        URLS.map(lambda url: json.dumps(GOOD | {"url": url}).encode()),
        st.text(alphabet="0123456789-T:+Z ").map(
            lambda text: json.dumps(GOOD | {"published_at": text}).encode()
        ),
    )
)
def test_garbage_is_refused_or_can_be_stored(content):
    try:
        imported = parse_line(Line(1, content), NOW).imported
    except InvalidInput as refusal:
        error = str(refusal)
    else:
        error = ""
        assert_storable(imported)
    assert "\n" not in error


@given(st.binary(max_size=200), st.integers(1, 20))
def test_no_line_is_held_that_is_over_the_limit(content, limit):
    lines = list(read_lines(io.BytesIO(content), max_bytes=limit))
    assert all(line.content is None or len(line.content) <= limit for line in lines)
    numbers = [line.number for line in lines]
    assert numbers == sorted(set(numbers))
    assert all(number <= content.count(b"\n") + 1 for number in numbers)
