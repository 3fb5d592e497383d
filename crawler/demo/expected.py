"""What an archive of the demo site must hold: the measure for tests of extraction and of a whole crawl.

What counts as a report's body, in the order of the page: the standfirst where it's shown above the text (often
the news itself: a body must read by itself), its paragraphs (a sign-off such as "Demo Observer, Agencies" too),
subheadings, quoted passages, list items and table rows, each of them on its own. What does not: title, captions
and credits, infobox, newsletter and related-story boxes, tags, the author's card, comments, counters. An embedded
post's text and the line that names its sender, and the time above a live blog's entry, may be there or not
(`optional`): they are kept as blocks of their own kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from archive.models import Outcome, Precision
from crawler.demo.pages import BASE, TWEET_BY
from crawler.demo.reports import Block, Report, gone_paths, load_odd_pages, load_reports

# Strings of the layouts, none of which may be in any body.
NEVER = (
    # en
    "Search For Keyword", "Total Comments", "Comments About This Article", "Please fill the fields below",
    "code confirming note", "Most Read", "All rights reserved", "Print version", "more photos", "Opinion number",
    "invented demo data", "The week in figures",
    # ar
    "ابحث عن كلمة", "مجموع التعليقات", "تعليقات حول الموضوع", "لإرسال تعليق", "الرجاء تعبئة الحقول التالية",
    "رمز التأكيد", "الأكثر قراءة", "جميع الحقوق محفوظة", "المزيد من الصور", "نسخة للطباعة", "مختلقة لأغراض العرض",
    "اشترك الآن لمتابعة القراءة",
    # world
    "use cookies", "Accept all", "Share this story", "Copy link", "At a glance", "The Morning Dispatch", "Sign up for our",
    "By subscribing you agree", "Read more:", "Recommended for you", "Advertisement", "Topics", "Follow on X",
    "Spotted a mistake", "More on this story", "reader_41", "Thank you for keeping on reporting",
    "Show all comments", "Picture:", "Not responsible for the content", "Subscribe to continue reading", "See all offers",
    # ru
    "Читайте также", "Поделиться", "Заметили ошибку", "Автор:", "просмотров", "Версия для печати", "Популярное",
    "Комментарии (1)", "Держитесь там", "Фото: архив", "подпишитесь на нашу рассылку", "Подписывайтесь на наш канал",
    "ссылка на сайт обязательна", "оформите подписку",
)  # fmt: skip

# A credit to "agencies" names no author.
_AGENCIES = frozenset({"Agencies", "وكالات"})


@dataclass(frozen=True, slots=True)
class ExpectedReport:
    """What the archive must hold for one report.

    url: canonical. paragraphs: the body's, in order; a list item is one, and so is a table's row, its cells apart
    by " | " (an archive may keep a list together, an item a line: compare the body's non-empty lines). optional:
    text that may be in the body or not. never: strings of this page alone that may not be, besides NEVER
    (counters, caption, infobox, author's card). published and modified: in UTC; precision: as far as the page
    itself gives the moment. dateline: the place as the first paragraph has it, which the body keeps. copy_of:
    the URL of the report that this one republishes. None: the page has no such thing.
    """

    url: str
    title: str
    paragraphs: tuple[str, ...]
    optional: tuple[str, ...]
    never: tuple[str, ...]
    author: str | None
    published: datetime
    precision: Precision
    language: str
    section: str | None
    standfirst: str | None
    dateline: str | None
    modified: datetime | None
    copy_of: str | None


def expected_reports(edition: int = 1) -> tuple[ExpectedReport, ...]:
    """Return what the archive must hold after a crawl of an edition, newest report first."""
    reports = load_reports(edition)
    urls = {report.id: BASE + report.path for report in reports}
    return tuple(_expected(report, urls.get(report.copy_of)) for report in reports)


def expected_outcomes(edition: int = 1) -> dict[str, Outcome]:
    """Return what each odd address must be counted as, by its URL.

    The redirect leads to a report that is also linked directly: whichever of the two is fetched first stores
    the report, and the other is the duplicate.
    """
    outcomes = {BASE + odd.path: Outcome(odd.outcome) for odd in load_odd_pages()}
    return outcomes | {BASE + path: Outcome.GONE for path in gone_paths(edition)}


def _expected(report: Report, copy_of: str | None) -> ExpectedReport:
    modern = report.section == "world"
    standfirst = (report.standfirst,) if report.standfirst and modern else ()
    told_section = report.category if report.section in {"world", "ru"} else None
    return ExpectedReport(
        url=BASE + report.path,
        title=report.title,
        paragraphs=(*standfirst, *(_text(report, block) for block in report.body if _is_own(block))),
        optional=_optional(report),
        never=_never(report),
        author=None if report.author in _AGENCIES else report.author or None,
        published=report.published.astimezone(UTC),
        precision="minute" if report.section in {"ar", "ru"} else "second",
        language=report.language,
        section=told_section,
        standfirst=report.standfirst or None,
        dateline=report.dateline or None,
        modified=(report.modified or report.published).astimezone(UTC) if modern else None,
        copy_of=copy_of,
    )


def _text(report: Report, block: Block) -> str:
    """Return a block as its page shows it: the classic layout writes list items as lines with a dash."""
    classic = report.section in {"en", "ar"}
    return f"- {block.text}" if classic and block.kind == "item" else block.text


def _is_own(block: Block) -> bool:
    return block.kind not in {"picture", "post"} and block.text != ""


def _optional(report: Report) -> tuple[str, ...]:
    posts = [block.text for block in report.body if block.kind == "post" and block.text]
    posts += [report.tweet] if report.tweet else []
    times = [block.note for block in report.body if block.kind == "entry"]
    return (*posts, TWEET_BY, *times) if posts else tuple(times)


def _never(report: Report) -> tuple[str, ...]:
    captions = tuple(block.text for block in report.body if block.kind == "picture")
    if report.section in {"en", "ar"}:
        return (*captions, *(f"({count})" for count in report.first_votes))
    return (
        tuple(text for text in (report.caption, report.credit, report.bio, *report.infobox) if text)
        + captions
    )
