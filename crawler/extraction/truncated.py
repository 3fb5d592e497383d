"""Whether a page shows the beginning of a report only, and keeps the rest for subscribers.

What a page declares is no proof: of real pages that call themselves not free most hold their whole text, and the
markup of a gate lies hidden in pages that anybody can read. So it takes two witnesses: that there is a wall, and
that the text stops short.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from lxml.html import HtmlElement

from crawler.extraction.elements import Elements
from crawler.extraction.page import Page

# A longer text has to have a broken end and, below it, a wall: reports end with an ellipsis at times, and whole
# ones lie above a line for subscribers.
_MAX_TEASER = 2_500
# Less than this share of the words that the page says it has.
_MIN_OF_DECLARED = 0.6
_MIN_MISSING_WORDS = 60
# A last line that is shorter may be a credit or a signature: its missing full stop tells nothing.
_MIN_SENTENCE = 100
_MAX_READ_MORE = 40
_LARGEST_SCRIPT = 2_000_000
_MAX_GATE_TEXT = 400
_MIN_GATE_TEXT = 20
# Where a gate is looked for: so many elements after the last paragraph, beside it and beside those around it.
_MOST_AFTER = 120
_MOST_LEVELS = 5
_START = 30
_MOST_TEXTS = 5

_FREE = re.compile(r'"isAccessibleForFree"\s*:\s*"?(?:https?://schema\.org/)?(true|false)\b', re.IGNORECASE)
_WORD_COUNT = re.compile(r'"wordCount"\s*:\s*"?(\d{2,6})\b')
_ARTICLE_BODY = re.compile(r'"articleBody"\s*:\s*"([^"\\]*+(?:\\.[^"\\]*+)*+)"')
_TIER_NAMES = frozenset(
    {"article:content_tier", "content_tier", "article:content-tier", "og:article:content_tier"}
)
_PAID_TIERS = frozenset({"locked", "metered", "premium", "paid", "subscriber", "subscribers"})

_GATE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:pay-?wall|reg-?wall|register-?wall|registration-?wall|subscribers?-?only|(?:content|article)-?gate|gate"
    r"|piano|tp-modal|locked-?content|premium-?wall)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SILENT = frozenset({"script", "style", "noscript", "template", "head", "title", "nav", "header", "footer"})
# Sentences of a wall. Not "Subscribe" or "Log in" alone: those stand at the head of every page.
_GATE = re.compile(
    r"(?:subscribe|sign ?(?:in|up)|log ?in|register|become a (?:member|subscriber))(?: now| today| for free)?(?: \w+){0,3} to "
    r"(?:continue|keep|carry on) reading"
    r"|to (?:continue|keep) reading\b.{0,30}(?:subscri|sign ?(?:in|up)|log ?in|regist|member)"
    r"|continue reading (?:this \w+ )?with (?:a|your) .{0,30}(?:subscription|trial|account)"
    r"|(?:article|story|content|report|rest) is (?:only |exclusively )?(?:for|available (?:only )?(?:to|for)|reserved for|exclusive to)"
    r" (?:our |paid |paying |premium |registered )*(?:subscribers|members|users)"
    r"|(?:reached|read|used) (?:up )?(?:your|all|the) .{0,40}free (?:articles?|stories)|unlock (?:this|the full|the whole) (?:article|story)"
    r"|réservée?s? aux abonnés|abonnez-vous pour (?:lire|continuer|accéder)|il vous reste [\d.,]+ ?% (?:de cet article )?à lire"
    r"|suscr[ií]bete para (?:seguir|continuar|leer)|para (?:seguir|continuar) leyendo|(?:exclusivo|solo|sólo) para suscriptores"
    r"|(?:nur|exklusiv) für (?:\w+-?)?abonnent|um (?:weiterzulesen|diesen artikel .{0,20}zu lesen)|jetzt weiterlesen mit"
    r"|(?:чтобы|для того,? чтобы) (?:читать|продолжить|прочитать|дочитать).{0,40}(?:подпи|оформ|войд|авториз|зарегистр)"
    r"|(?:только|доступ\w+|эксклюзивно) (?:для подписчик|подписчик|по подписке)|оформите подписку,? чтобы"
    r"|щоб (?:читати|продовжити|прочитати|дочитати).{0,40}(?:підпи|передплат|увійд|зареєстр)"
    r"|(?:лише|тільки|доступн\w+) (?:для )?(?:передплатник|підписник)|(?:лише|тільки) за (?:передплатою|підпискою)"
    r"|(?:اشترك|سجّ?ل(?: الدخول| دخولك)?)(?: الآن)? (?:لمتابعة|لمواصلة|لإكمال|لاستكمال) (?:ال)?قراءة"
    r"|(?:لمتابعة|لمواصلة|لإكمال|لاستكمال) (?:ال)?قراءة.{0,40}(?:اشترك|اشتراك|سجّ?ل|تسجيل)|(?:مخصص|متاح|حصري)ة? للمشتركين|للمشتركين فقط"
    r"|برای (?:ادامه|خواندن).{0,40}(?:اشتراک|مشترک|عضو|وارد)|(?:فقط|ویژه|مخصوص) (?:برای )?مشترک(?:ین|ان)"
    r"|(?:devamını|tamamını) (?:okumak|görmek) için.{0,30}(?:abone|giriş|üye)|(?:sadece|yalnızca) abone"
    r"|להמשך (?:ה)?קריאה.{0,30}(?:הירשמו|התחברו|הצטרפו|מינוי)|למנויים בלבד"
    r"|(?:tylko|dostępn\w+) dla (?:subskrybent|prenumerator)|per continuare a leggere.{0,40}(?:abbona|regist)"
    r"|para continuar (?:a ler|lendo)|exclusivo para assinantes",
    re.IGNORECASE,
)
# One of these stands in each of them, and looking for those takes no time.
_GATE_WORDS = (
    "reading", "subscri", "members", "users", "free", "unlock", "abonn", " lire", "suscr", "leyendo", "lesen",
    "подпис", "чтобы", "щоб", "передплат", "підпис", "القراءة", "قراءة", "لقراءة", "للمشتركين", "برای", "مشترک", "abone", " için",
    "קריאה", "למנויים", "subskrybent", "prenumerator", "leggere", "para continuar", "assinantes",
)  # fmt: skip
_READ_MORE = re.compile(
    r"\W*(?:read (?:more|on|the full \w+)|continue reading|full story|читать (?:далее|дальше|полностью)|читати (?:далі|повністю)"
    r"|(?:اقرأ|إقرأ|للمزيد|قراءة) ?(?:المزيد)?|ادامه مطلب|lire la suite|(?:leer|seguir) (?:más|leyendo)|devamı(?:nı oku)?|weiterlesen"
    r"|המשך קריאה)\W*",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])[\s\"”»)\]]*$")
_STOPPED = re.compile(r"[.!?。！？؟۔։।၊။:;|][\s\"'”’»›)\]*]*$|[\"”»)\]]\s*$")


def is_truncated(page: Page, body: str) -> bool:
    """Tell whether `body`, the text of `page`, is the beginning of a report whose rest is behind a wall.

    There has to be a wall: the page calls itself not free (JSON-LD, `article:content_tier`), or an element that
    readers see asks them to subscribe. And the text has to stop short: in the middle of a sentence or with an
    ellipsis, well below the length that JSON-LD gives, or, where it is short, at a line that asks to subscribe.
    """
    *before, last = body.rsplit("\n", 3)[-3:]
    stops = _stops_short(last)
    is_short = len(body) <= _MAX_TEASER
    if _asks(last):
        return is_short or any(map(_stops_short, before))
    if not is_short and not stops:
        return False
    scripts, paragraph = _look(page.elements, last)
    if _is_paid(page.tree, scripts) and ((stops and is_short) or _is_shorter_than_declared(body, scripts)):
        return True
    return paragraph is not None and _has_gate(paragraph, by_name=stops)


def _look(elements: Elements, last: str) -> tuple[list[str], HtmlElement | None]:
    """Return the scripts that tell whether the page is free, and the last paragraph that begins as `last` does."""
    scripts = []
    for script in elements.named("script"):
        text = (script.text or "") if (script.get("type") or "").endswith("ld+json") else ""
        if "isAccessibleForFree" in text and len(text) <= _LARGEST_SCRIPT:
            scripts.append(text)
    start = last[:_START]
    return scripts, next((each for each in reversed(elements.named("p")) if _begins(each, start)), None)


def _begins(paragraph: HtmlElement, start: str) -> bool:
    text = (paragraph.text or "").lstrip()
    if len(text) < len(start):  # the rest may stand in a link or in bold letters
        text = "".join(islice(paragraph.itertext(), _MOST_TEXTS)).lstrip()
    return text.startswith(start)


def _is_paid(tree: HtmlElement, scripts: Iterable[str]) -> bool:
    said = {answer.lower() for script in scripts for answer in _FREE.findall(script)}
    if said:
        return said == {"false"}
    return any(
        (meta.get("content") or "").strip().lower() in _PAID_TIERS
        for meta in tree.iterfind("head/meta")
        if (meta.get("property") or meta.get("name") or "").lower() in _TIER_NAMES
    )


def _stops_short(line: str) -> bool:
    """Tell whether a last line breaks off: with an ellipsis, an invitation to read on, or inside a sentence."""
    if _ELLIPSIS.search(line[-20:]) or (len(line) <= _MAX_READ_MORE and _READ_MORE.fullmatch(line)):
        return True
    return len(line) >= _MIN_SENTENCE and not _STOPPED.search(line[-_MAX_READ_MORE:])


def _is_shorter_than_declared(body: str, scripts: Iterable[str]) -> bool:
    have = body.count(" ") + body.count("\n") + 1
    for script in scripts:
        counts = [int(count) for count in _WORD_COUNT.findall(script)[:5]]
        texts = [match[1] for match in _ARTICLE_BODY.finditer(script)][:5]
        declared = max([*counts, *(text.count(" ") + 1 for text in texts)], default=0)
        if have < _MIN_OF_DECLARED * declared and declared - have >= _MIN_MISSING_WORDS:
            return True
    return False


def _has_gate(paragraph: HtmlElement, *, by_name: bool) -> bool:
    """Tell whether what follows a text's last paragraph asks to subscribe: by its words, or `by_name`."""
    for element in islice(_after(paragraph), _MOST_AFTER):
        asks = element.text and _asks(element.text)
        if (asks or (by_name and _is_named_gate(element))) and _is_shown(element):
            return True
    return False


def _after(paragraph: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements that follow a paragraph: beside it, and beside a few of those around it."""
    for around in islice(chain((paragraph,), paragraph.iterancestors()), _MOST_LEVELS):
        for beside in around.itersiblings():
            yield from beside.iter()


def _is_named_gate(element: HtmlElement) -> bool:
    label = f"{element.get('class') or ''} {element.get('id') or ''}"
    if len(label) > _MAX_GATE_TEXT or not _GATE_NAMES.search(label):
        return False
    return len(" ".join("".join(islice(element.itertext(), _MOST_AFTER)).split())) >= _MIN_GATE_TEXT


def _is_shown(element: HtmlElement) -> bool:
    """Tell whether readers see an element, and don't see it on every page."""
    return not any(
        inner.tag in _SILENT or inner.get("hidden") is not None or _HIDDEN.search(inner.get("style") or "")
        for inner in chain((element,), element.iterancestors())
    )


def _asks(text: str) -> bool:
    if len(text) > _MAX_GATE_TEXT:
        return False
    lowered = text.lower()
    return any(word in lowered for word in _GATE_WORDS) and _GATE.search(" ".join(text.split())) is not None
