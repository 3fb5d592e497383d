"""Pages that hold no report, each for a reason: a stable word for statistics, and a sentence for a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from crawler.extraction.body.blocks import normal_space
from crawler.extraction.body.matching import words
from crawler.extraction.page import Page

# Two short sentences: less is a heading or a caption that was taken for a report.
_MIN_CHARACTERS = 60
_MIN_WORDS = 8
# A page that says of itself that nothing was found says little else.
_MAX_ERROR_CHARACTERS = 700
_MAX_TITLE = 200
# A listing: many links, each long enough for a headline, and hardly any prose.
_MIN_HEADLINES = 15
_MIN_HEADLINE = 25
_MAX_LISTING_CHARACTERS = 500
_LISTING_TYPES = frozenset({"collectionpage", "searchresultspage"})

# Each has to be a whole part of a title, as "Page not found" is of "Page not found | SANA": a headline
# ("Crew of missing boat not found") must not fit.
_SEPARATORS = re.compile(r"\s+[-–—|»«•:/]+\s+|[|»«•]")
# Arabic is written with or without them.
_VOWEL_SIGNS = re.compile("[\u0640\u064b-\u0652]")
_NOT_FOUND = re.compile(
    r"\W*(?:(?:http |error |ошибка |помилка |خطأ )*404(?: error| not found|[\s:.!,-]{1,3}[\w\s']{0,30}not found)?"
    r"|(?:(?:the|this|that|your|requested|we['’]?re|sorry|oops|web|news)\W+){0,4}"
    r"(?:page|article|story|post|content|document|url|file)(?: (?:you|that|was|is|were|are|requested|looking|for|has|been)){0,8}"
    r" (?:not (?:be )?found|cannot be found|could not be found|can['’]t be found|no longer (?:available|exists?)|does(?: not|n['’]t) exist|missing"
    r"|removed|deleted)|(?:not|nothing) found"
    r"|(?:запрашиваемая |запрошенная |такая )?(?:страница|запись|новость|статья)(?: не)? (?:найдена|существует|удалена)"
    r"|материал не найден|ничего не найдено|(?:запитувану |таку )?сторінк[ау] не (?:знайдено|існує)|нічого не знайдено|матеріал не знайдено"
    r"|(?:عذرا[،,]?\s*)?(?:هذه )?(?:الصفحة|المقال|المقالة|الخبر)(?: (?:المطلوبة|المطلوب|التي تبحث عنها))? (?:غير موجودة?|غير متوفرة?|غير متاحة?)"
    r"|لم يتم العثور على (?:الصفحة|المقال|نتائج|شيء)|صفحه(?: مورد نظر)? (?:یافت نشد|پیدا نشد|موجود نیست)"
    r"|page (?:introuvable|non trouvée)|(?:die )?seite (?:wurde )?nicht gefunden|página no encontrada|página não encontrada"
    r"|pagina non trovata|sayfa bulunamadı|strony nie znaleziono|nie znaleziono strony)\W*",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\W*(?:(?:http |error )*50[0234](?:[\s:-]+(?:error|(?:internal )?server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out))?|internal server error|bad gateway|service (?:temporarily )?unavailable"
    r"|gateway time-?out|error establishing a database connection|database error|fatal error"
    r"|(?:(?:the |this |our )?(?:web)?site (?:is )?)?(?:down for |under )(?:scheduled )?(?:construction|maintenance)"
    r"|технические работы|внутренняя ошибка сервера|технічні роботи|(?:الموقع )?(?:تحت|قيد) الصيانة|خطأ في الخادم)\W*",
    re.IGNORECASE,
)
_CHECKED = re.compile(
    r"\W*(?:just a moment|attention required|checking your browser.{0,60}|verify(?:ing)? (?:that )?you are (?:a )?human.{0,30}"
    r"|are you a robot|access (?:to this page has been )?denied|(?:error )?403(?: error)?(?: forbidden)?|forbidden|ddos-?guard|ddos protection.{0,30}"
    r"|security check|проверка браузера|доступ (?:запрещ[её]н|ограничен)|перевірка браузера|доступ заборонено)\W*",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"\W*(?:(?:please )?(?:log ?in|sign ?in)(?: (?:to|or|required|page)\b.{0,40})?|login required|you must be logged in.{0,40}"
    r"|войти|вход|авторизация|увійти|вхід|авторизація|تسجيل الدخول|ورود|anmelden|se connecter|iniciar sesión)\W*",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\W*(?:before you continue.{0,40}|we (?:value|respect|care about) your privacy|your privacy(?: choices)?"
    r"|cookie (?:consent|settings|policy)|privacy (?:settings|consent)|datenschutz(?:einstellungen)?)\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a page is no article: `reason` is one of the words of this module, `detail` a sentence."""

    reason: str
    detail: str


def rejection(
    page: Page, title: str | None, body: str, types: frozenset[str] = frozenset()
) -> Rejection | None:
    """Return why a page is no article, or None where it may well be one.

    `types`: what the page calls itself (og:type and JSON-LD types), lower-cased. Reasons: `soft_404`,
    `error_page`, `challenge`, `login_wall`, `consent_wall`, `empty`, `listing`, `too_short`. Doubt speaks for
    the page: an alert of two sentences is an article.
    """
    if len(body) <= _MAX_ERROR_CHARACTERS:
        told = _told(page, title)
        if _NOT_FOUND.fullmatch(_VOWEL_SIGNS.sub("", body[:_MAX_TITLE].split("\n", 1)[0])):
            return Rejection("soft_404", f"{page.url} says that there is no such page")
        for reason, pattern, says in _NOTICES:
            if any(pattern.fullmatch(text) for text in told):
                return Rejection(reason, f"{page.url} {says}")
    if not words(body):
        return Rejection("empty", f"{page.url} has no body text")
    if _is_listing(page, body, types):
        return Rejection("listing", f"{page.url} is mostly a list of links to other pages")
    if len(body) < _MIN_CHARACTERS and len(words(body)) < _MIN_WORDS:
        return Rejection("too_short", f"{page.url} has only {len(body)} characters of body text")
    return None


_NOTICES = (
    ("soft_404", _NOT_FOUND, "says that there is no such page, though its status was not 404"),
    ("error_page", _FAILED, "is an error message of the server"),
    ("challenge", _CHECKED, "asks the visitor to prove to be human, or refuses access"),
    ("login_wall", _LOGIN, "asks the visitor to log in"),
    ("consent_wall", _CONSENT, "asks for consent before it shows anything"),
)


def _told(page: Page, title: str | None) -> list[str]:
    """Return what a page calls itself: its titles and first headings, whole and in parts."""
    # Not every <title> or <h2>: an icon, or a login box that opens on a click, may have one on any page.
    texts = [title or "", page.tree.findtext("head/title") or ""]
    texts += [heading.text_content() for heading in islice(page.tree.iter("h1"), 3)]
    normal = [_VOWEL_SIGNS.sub("", text) for text in map(normal_space, texts) if len(text) <= _MAX_TITLE]
    return [part for text in normal for part in (text, *_SEPARATORS.split(text)) if part]


def _is_listing(page: Page, body: str, types: frozenset[str]) -> bool:
    if len(body) > _MAX_LISTING_CHARACTERS or any(is_article(kind) for kind in types):
        return False
    if types & _LISTING_TYPES:
        return True
    texts = (normal_space(link.text_content()) for link in page.tree.iter("a"))
    headlines = {text for text in texts if len(text) >= _MIN_HEADLINE}
    lines = [line for line in body.split("\n") if line]
    longest = max((len(line) for line in lines), default=0)
    return len(headlines) >= _MIN_HEADLINES and longest < 2 * _MIN_CHARACTERS


def is_article(kind: str) -> bool:
    """Tell whether an og:type or a JSON-LD type, lower-cased, names some sort of article."""
    return kind.endswith(("article", "blogposting", "posting"))
