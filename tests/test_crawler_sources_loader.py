"""Reading a catalogue: what is found by name and address, and one sentence for every broken file."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crawler.errors import CatalogueError, UnknownSource
from crawler.sources.loader import CATALOGUE_DIR, load_catalogue, load_file
from crawler.sources.model import SourceEntry

FULL = {
    "id": '"foo-news"',
    "name": '"Foo News"',
    "homepage": '"https://www.foo.example/"',
    "languages": '["en", "ar"]',
    "conflict": '"Syria"',
    "kind": '"independent"',
    "feeds": '["https://www.foo.example/feed"]',
    "article_pattern": r"'^https://www\.foo\.example/news/\d+$'",
    "examples": '["https://www.foo.example/news/12"]',
}


def write(folder: Path, stem: str = "foo-news", **changes: str | None) -> Path:
    """Write a good entry with some keys changed (TOML text), or left out (None)."""
    folder.mkdir(parents=True, exist_ok=True)
    values = {key: value for key, value in (FULL | changes).items() if value is not None}
    path = folder / f"{stem}.toml"
    path.write_text("".join(f"{key} = {value}\n" for key, value in values.items()), encoding="utf-8")
    return path


def complaint(path: Path) -> str | None:
    """What `load_file` has against a file; anything but a CatalogueError goes through."""
    try:
        load_file(path)
    except CatalogueError as error:
        return str(error)
    return None


def sentence(path: Path) -> str:
    with pytest.raises(CatalogueError) as caught:
        load_file(path)
    return str(caught.value)


def test_reads_an_entry_and_its_defaults(tmp_path: Path) -> None:
    entry = load_file(write(tmp_path, delay="3", notes='"Ünïcode."'))
    assert entry.id == "foo-news"
    assert entry.languages == ("en", "ar")
    assert (entry.delay, entry.max_pages, entry.verified) == (3.0, 5, False)
    assert entry.notes == "Ünïcode."
    assert entry.record().languages == ("en", "ar")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"feed": '["https://x.example/"]'}, "key 'feed' is not known; did you mean 'feeds'? Allowed: id, aliases, "),
        ({"article_pattern": None, "artcle_pattern": "'x'"}, "did you mean 'article_pattern'?"),
        ({"zzzz": "1"}, "key 'zzzz' is not known. Allowed: id, "),
        ({"name": None}, "key 'name' is missing: the outlet's name"),
        ({"name": "7"}, "key 'name' must be text in quotes, not 7"),
        ({"name": '""'}, "key 'name' must be more than an empty text, not ''"),
        ({"feeds": '"https://x.example/"'}, "key 'feeds' must be a list of texts in square brackets, not 'https"),
        ({"feeds": "[1]"}, "key 'feeds', item 1 must be text in quotes, not 1"),
        ({"languages": "[]"}, "key 'languages' must be a list of at least one, not []"),
        ({"languages": '["en", "english"]'}, "key 'languages', item 2 must be of the form ^[a-z]{2,3}$, not 'english'"),
        ({"country": '"Syria"'}, "key 'country' must be of the form ^[A-Z]{2}$, not 'Syria'"),
        ({"delay": '"2"'}, "key 'delay' must be a number, not '2'"),
        ({"delay": "-1"}, "key 'delay' must be at least 0, not -1"),
        ({"delay": "nan"}, "key 'delay' must be at most 600, not nan"),
        ({"delay": "601"}, "key 'delay' must be at most 600, not 601"),
        ({"max_pages": "2.5"}, "key 'max_pages' must be a whole number, not 2.5"),
        ({"verified": '"no"'}, "key 'verified' must be true or false, not 'no'"),
        ({"verified": "1"}, "key 'verified' must be true or false, not 1"),
        ({"article_pattern": "'(x'"}, "key 'article_pattern': '(x' is not a regular expression: missing )"),
        ({"deny": "['[[x]']"}, "key 'deny': '[[x]' is not a regular expression: Possible nested set"),
        ({"deny": "['a{99999999999}']"}, "is not a regular expression: the repetition number is too large"),
        ({"homepage": '"www.foo.example"'}, "'www.foo.example' is not an address that begins with http:// or https://"),
        ({"homepage": '"https://foo example/"'}, "key 'homepage': 'https://foo example/' is not an address"),
        ({"feeds": '["https://["]'}, "key 'feeds': 'https://[' is not an address"),
        ({"feeds": '["https://x:99999/"]'}, "key 'feeds': 'https://x:99999/' is not an address"),
        ({"feeds": '["https://x.example/{page}"]'}, "has a {page}, which only listings may have"),
        ({"domains": '["https://bar.example/"]'}, "key 'domains': 'https://bar.example/' is not a host such as"),
        ({"domains": '["Bar.example"]'}, "'Bar.example' is not a host such as news.example.org, in lower case"),
        ({"domains": '["bar.example:8000"]'}, "'bar.example:8000' is not a host"),
        ({"domains": '["localhost"]'}, "'localhost' is not a host"),
        ({"domains": '["m.foo.example"]'}, "'m.foo.example' is there already"),
        ({"domains": '["bar.example", "www.bar.example"]'}, "'www.bar.example' is there already"),
        ({"identity": "'(x'"}, "key 'identity': '(x' is not a regular expression"),
        ({"identity": r"'/news/\d+'"}, r"key 'identity': '/news/\\d+' has no group (...) around what tells"),
        ({"identity": r"'/article/(\d+)'"}, "key 'identity': '/article/(\\\\d+)' is found in none of the examples"),
        (
            {"identity": "'/(news)/'", "examples": '["https://www.foo.example/news/12", "https://www.foo.example/news/13"]'},
            "makes one report of 'https://www.foo.example/news/12' and 'https://www.foo.example/news/13'",
        ),
        ({"time_zone": '"Mars/Olympus"'}, "key 'time_zone': 'Mars/Olympus' is not an IANA time zone"),
        ({"time_zone": '"Asia"'}, "key 'time_zone': 'Asia' is not an IANA time zone"),
        ({"time_zone": '"../etc"'}, "key 'time_zone': '../etc' is not an IANA time zone"),
        ({"examples": '["https://www.foo.example/x"]'}, "key 'examples': 'https://www.foo.example/x' does not match"),
        ({"deny": r"['/\d+$']"}, r"'https://www.foo.example/news/12' is denied by '/\\d+$'"),
        ({"id": '"Foo News"'}, "key 'id' must be of the form ^[a-z0-9]"),
        ({"id": '"other"'}, "key 'id' is 'other', but must be the file's name, 'foo-news'"),
        ({"name": '"Foo'}, "line 2, column 12: "),
        ({"name": "1\nname = 2"}, "line 3, column 9: Cannot overwrite a value"),
        ({"notes": "[" * 5_000}, "is nested too deep"),
        ({"delay": "1" * 5_000}, "a value can't be used: Exceeds the limit"),
    ],
)  # fmt: skip
def test_a_broken_file_gets_one_sentence(tmp_path: Path, changes: dict[str, str | None], says: str) -> None:
    path = write(tmp_path, **changes)
    text = sentence(path)
    assert text.startswith(f"{path}: ")
    assert says in text
    assert "\n" not in text
    assert len(text) < len(str(path)) + 450


def test_an_entry_may_leave_it_to_the_crawler_where_reports_are_found(tmp_path: Path) -> None:
    entry = load_file(write(tmp_path, feeds=None))
    assert (entry.feeds, entry.sitemaps, entry.listings) == ((), (), ())


def test_mirrors_and_identity_make_one_report_of_many_addresses(tmp_path: Path) -> None:
    identity = load_file(
        write(tmp_path, domains='["foo-news.example", "old.foo.example"]', identity=r"'/news/(\d+)'")
    ).record().identifier()  # fmt: skip
    assert identity.domains == ("foo.example", "foo-news.example", "old.foo.example")
    assert identity.key("http://www.old.foo.example/news/12/slug") == "foo.example#12"
    assert identity.key("https://foo.example/about/") == "foo.example/about"


def test_two_spellings_of_one_example_are_no_error(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        article_pattern=r"'^https?://www\.foo\.example/news/\d+/?$'",
        identity=r"'/news/(\d+)'",
        examples='["https://www.foo.example/news/12", "http://www.foo.example/news/12/"]',
    )
    assert load_file(path).identity == r"/news/(\d+)"


def test_a_pattern_has_to_match_the_address_as_the_crawler_writes_it(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        article_pattern="'^https://www.foo.example/[^%]+$'",
        examples='["https://www.foo.example/خبر"]',
    )
    assert "'https://www.foo.example/%D8%AE%D8%A8%D8%B1' does not match article_pattern" in sentence(path)


def test_a_file_that_is_not_text_gets_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "foo-news.toml"
    path.write_bytes('id = "foo-news"\nname = "é"'.encode("latin-1"))
    assert sentence(path) == f"{path}: byte 24 is not UTF-8, which a TOML file must be"


def test_the_mark_that_some_editors_put_first_is_no_error(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_file(path).id == "foo-news"


def test_a_file_that_cannot_be_read_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "foo-news.toml").mkdir()
    assert sentence(tmp_path / "foo-news.toml").endswith("can't be read: Is a directory")
    assert sentence(tmp_path / "none.toml").endswith("can't be read: No such file or directory")


def test_a_path_below_the_working_directory_is_shown_as_it_would_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "mine", stem="foo-news", kind=None)
    monkeypatch.chdir(tmp_path)
    assert sentence(path).startswith(f"{os.path.join('mine', 'foo-news.toml')}: key 'kind' is missing")  # noqa: PTH118 - the expected text


def test_one_broken_file_is_named_whichever_way_the_catalogue_is_loaded(tmp_path: Path) -> None:
    write(tmp_path)
    broken = write(tmp_path, stem="bar", id='"bar"', kind="[]")
    with pytest.raises(
        CatalogueError, match=re.escape(f"{broken}: key 'kind' must be text in quotes, not []")
    ):
        load_catalogue([tmp_path])


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="nowhere: no such folder of sources"):
        load_catalogue([tmp_path / "nowhere"])


def test_what_an_editor_leaves_behind_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "._foo-news.toml").write_bytes(b"\xff\x00")
    (tmp_path / "notes.txt").write_text("not a source")
    assert load_catalogue([tmp_path]).names() == ["foo-news"]


def test_a_later_folder_replaces_and_adds(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "a", stem="zoo", id='"zoo"', homepage='"https://zoo.example/"')
    write(tmp_path / "b", stem="foo-news", kind='"monitor"')
    write(tmp_path / "b", stem="bar", id='"bar"', homepage='"https://bar.example/"')
    catalogue = load_catalogue([tmp_path / "a", tmp_path / "b"])
    assert catalogue.names() == list(catalogue.entries) == ["bar", "foo-news", "zoo"]
    assert catalogue.get("foo-news").kind == "monitor"


def test_an_alias_finds_its_source_and_may_move_with_a_replacement(tmp_path: Path) -> None:
    write(tmp_path / "a", aliases='["foo", "fu"]')
    write(tmp_path / "b", aliases='["fu"]', kind='"monitor"')
    assert load_catalogue([tmp_path / "a"]).get("foo").id == "foo-news"
    both = load_catalogue([tmp_path / "a", tmp_path / "b"])
    assert both.get("fu").kind == "monitor"
    with pytest.raises(UnknownSource):
        both.get("foo-paper")


@pytest.mark.parametrize("alias", ["shared", "bar"])
def test_an_alias_belongs_to_one_source(tmp_path: Path, alias: str) -> None:
    bar = write(tmp_path, stem="bar", id='"bar"', aliases='["shared"]')
    foo = write(tmp_path, aliases=f'["{alias}"]')
    with pytest.raises(CatalogueError) as caught:
        load_catalogue([tmp_path])
    assert str(caught.value) == f"{foo}: key 'aliases': '{alias}' is a name of {bar} already"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("foonews", "no source is called 'foonews'; did you mean foo-news? `scrapy list` shows all"),
        ("FOO-NEWS", "no source is called 'FOO-NEWS'; did you mean foo-news? `scrapy list` shows all"),
        ("qqqqqq", "no source is called 'qqqqqq'; `scrapy list` shows all"),
        ("", "no source is called ''; `scrapy list` shows all"),
    ],
)
def test_an_unknown_source_gets_one_sentence(tmp_path: Path, name: str, says: str) -> None:
    write(tmp_path)
    with pytest.raises(UnknownSource) as caught:
        load_catalogue([tmp_path]).get(name)
    assert str(caught.value) == says
    assert isinstance(caught.value, KeyError)


def test_for_url_goes_by_pattern_first_then_by_host(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, stem="foo-blog", id='"foo-blog"', article_pattern=r"'^https://www\.foo\.example/blog/\w+$'",
          homepage='"https://foo.example/blog/"', examples="[]")  # fmt: skip
    catalogue = load_catalogue([tmp_path])

    def found(url: str) -> str | None:
        entry = catalogue.for_url(url)
        return entry and entry.id

    assert found("https://www.foo.example/news/7?utm_source=x#top") == "foo-news"
    assert found("https://www.foo.example/blog/x") == "foo-blog"
    assert found("http://foo.example./elsewhere") == "foo-blog"  # both are at this host: the first id has it
    assert found("https://sub.foo.example/") is None
    assert found("https://unknown.example/") is None
    assert found("mailto:desk@foo.example") is None
    assert found("https://[") is None


def test_the_whole_catalogue_loads_quickly() -> None:
    load_catalogue()  # compiles the patterns, which a process does once
    began = time.process_time()
    catalogue = load_catalogue()
    assert time.process_time() - began < 1.5  # 0.03 measured; `scrapy list` waits for it
    assert catalogue.names() == sorted(path.stem for path in CATALOGUE_DIR.glob("*.toml"))


_KEYS = st.sampled_from([*SourceEntry.model_fields, "feed", "x"])
_SCALARS = st.one_of(st.text(max_size=20).map(repr), st.integers().map(str), st.floats().map(str),
                     st.sampled_from(["true", "1979-05-27", '"https://x.example/"', "'^a+$'", '"Asia"', "{}", "[[]]"]))  # fmt: skip
_VALUES = st.one_of(_SCALARS, st.lists(_SCALARS, max_size=3).map(lambda items: f"[{', '.join(items)}]"))
_DOCUMENTS = st.dictionaries(_KEYS, _VALUES, max_size=8).map(
    lambda d: "".join(f"{k} = {v}\n" for k, v in d.items())
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode), _DOCUMENTS.map(str.encode)))
@example(b"")
@example(b"\xef\xbb\xbfid = 'x'")
@example(b"[id]\n[[feeds]]\nx = 1")
@example(b'id = "x"\x00')
def test_no_file_raises_anything_but_a_catalogue_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "foo-news.toml"
    path.write_bytes(data)
    text = complaint(path)
    assert text is None or (text.startswith(f"{path}: ") and "\n" not in text)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=_KEYS, value=_VALUES)
def test_no_value_in_a_good_file_raises_anything_but_a_catalogue_error(
    tmp_path: Path, key: str, value: str
) -> None:
    text = complaint(write(tmp_path, **{key: value}))
    assert text is None or "\n" not in text
