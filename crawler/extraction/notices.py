"""What a page says of itself where it is no report: that there is no such page, that one has to log in, and so on.

Each pattern has to be a whole part of a title or a whole sentence, as "Page not found" is of "Page not found | SANA":
a headline ("Crew of missing boat not found") must not fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crawler.extraction.body.blocks import normal_space
from crawler.extraction.page import Page

_MAX_TITLE = 200
_MAX_NOTE = 250
_SEPARATORS = re.compile(r"\s+[-–—|»«•:/]+\s+|[|»«•]")
_SENTENCE_END = re.compile(r"(?<=[.!?؟。])\s")
# Arabic is written with or without them.
_VOWEL_SIGNS = re.compile("[\u0640\u064b-\u0652]")
_NOT_FOUND = re.compile(
    r"\W*(?:(?:http |error |ошибка |помилка |خطأ |hata |erreur )*404(?: error| not found|[\s:.!,-]{1,3}[\w\s']{0,30}not found)?"
    r"|(?:(?:the|this|that|your|requested|we['’]?re|sorry|oops|web|news)\W+){0,4}"
    r"(?:page|article|story|post|content|document|url|file)(?: (?:you|that|was|is|were|are|requested|looking|for|has|been)){0,8}"
    r" (?:not (?:be )?found|cannot be found|could not be found|can['’]t be found|no longer (?:available|exists?)|does(?: not|n['’]t) exist|missing"
    r"|removed|deleted)|(?:not|nothing) found"
    r"|(?:запрашиваемая |запрошенная |такая )?(?:страница|запись|новость|статья)(?: не)? (?:найдена|существует|удалена)"
    r"|материал не найден|ничего не найдено|(?:запитувану |таку )?сторінк[ау] не (?:знайдено|існує)|нічого не знайдено|матеріал не знайдено"
    r"|(?:عذرا[،,]?\s*)?(?:هذه )?(?:الصفحة|المقال|المقالة|الخبر)(?: (?:المطلوبة|المطلوب|التي تبحث عنها))? (?:غير موجودة?|غير متوفرة?|غير متاحة?)"
    r"|لم يتم العثور على (?:الصفحة|المقال|نتائج|شيء)|صفحه(?: مورد نظر)? (?:یافت نشد|پیدا نشد|موجود نیست)"
    r"|page (?:introuvable|non trouvée)|(?:die )?seite (?:wurde )?nicht gefunden|página no encontrada|página não encontrada"
    r"|pagina non trovata|strony nie znaleziono|nie znaleziono strony"
    r"|(?:cette |la )?page (?:demandée |que vous (?:re)?cherchez )?(?:est introuvable|n['’]existe (?:pas|plus))"
    r"|(?:la )?página (?:solicitada |que (?:busca|buscas) )?(?:no (?:existe|se ha encontrado|fue encontrada|está disponible))"
    r"|(?:aradığınız |istediğiniz |böyle bir )?(?:sayfa|haber|içerik) (?:bulunamadı|mevcut değil|yok)"
    r"|(?:ה?(?:דף|עמוד|כתבה)) (?:המבוקשת? |שחיפשתם? )?(?:לא נמצאה?|אינ[וה] קיימת?|לא קיימת?)"
    r"|صفحه(?: مورد نظر)?(?: شما)? وجود ندارد|پەڕەکە نەدۆزرایەوە|rûpel nehat dîtin)\W*",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\W*(?:(?:http |error )*5(?:0[02348]|2[0-4])(?:[\s:-]+(?:error|(?:internal )?server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|web server is down|connection timed out|resource limit is reached))?|internal server error|bad gateway|service (?:temporarily )?unavailable"
    r"|gateway time-?out|error establishing a database connection|database error|fatal error(?::.{0,150})?"
    r"|web server is down|connection timed out|too many requests|bandwidth limit exceeded|(?:this )?account (?:has been )?suspended|index of /.{0,80}"
    r"|(?:the |this )?(?:web)?site (?:has )?encountered an unexpected error.{0,60}|application error(?::.{0,150})?|something went wrong"
    r"|briefly unavailable for scheduled maintenance.{0,60}|resource limit is reached|we['’]?(?:re| are) (?:currently )?down for maintenance"
    r"|(?:(?:the |this |our )?(?:web)?site (?:is )?)?(?:down for |under )(?:scheduled )?(?:construction|maintenance)"
    r"|технические работы|внутренняя ошибка сервера|технічні роботи|(?:الموقع )?(?:تحت|قيد) الصيانة|خطأ في الخادم)\W*",
    re.IGNORECASE,
)
_CHECKED = re.compile(
    r"\W*(?:just a moment|one moment,? please|attention required|checking your browser.{0,60}|verify(?:ing)? (?:that )?you are (?:a )?human.{0,30}"
    r"|are you a robot|access (?:to this page has been )?denied|(?:error )?403(?: error)?(?: forbidden)?|forbidden|ddos-?guard|ddos protection.{0,30}"
    r"|security check|robot check|human verification|pardon our interruption|sucuri website firewall.{0,40}"
    r"|please (?:wait|stand by).{0,30}(?:verif|check|redirect).{0,40}|please (?:enable|turn on) (?:js|javascript) and (?:cookies to continue|disable any ad ?blocker)"
    r"|un instant|bir dakika lütfen|проверка безопасности|проверка браузера|доступ (?:запрещ[её]н|ограничен)|перевірка браузера|доступ заборонено)\W*",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"\W*(?:(?:please )?(?:you (?:must|need to|have to) )?(?:be )?(?:log ?in|log(?:ged)? in|sign(?:ed)? in) (?:to|in order to) (?:view|read|see|access|continue).{0,60}"
    r"|(?:please )?(?:log ?in|sign ?in)(?: (?:to|or|required|page)\b.{0,40})?|login required|you must be logged in.{0,40}"
    r"|this (?:page|content|article) is (?:only )?(?:for|available to) (?:registered|logged-?in) (?:users|readers|members)(?: only)?"
    r"|войти|вход|(?:чтобы|для того,? чтобы) (?:продолжить|читать|прочитать).{0,20}(?:войдите|авторизуйтесь).{0,40}|авторизация|увійти|вхід|авторизація|تسجيل الدخول|(?:يرجى|الرجاء|يجب) تسجيل الدخول.{0,40}|ورود|giriş yap(?:ın)?|התחברות|כניסה|anmelden|se connecter|iniciar sesión)\W*",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\W*(?:before you continue.{0,40}|we (?:value|respect|care about) your privacy|your privacy(?: choices)?"
    r"|cookie (?:consent|settings|policy)|privacy (?:settings|consent)|datenschutz(?:einstellungen)?|(?:la )?protection de (?:vos données|votre vie privée).{0,40}"
    r"|tu privacidad|su privacidad|çerez (?:tercihleri|politikası|ayarları)|(?:настройки|политика) (?:cookie|файлов cookie)|(?:إعدادات|سياسة) ملفات تعريف الارتباط)\W*",
    re.IGNORECASE,
)
# A page that asks for consent and shows nothing else uses several of these; a report on privacy has one perhaps.
_CONSENT_PHRASES = re.compile(
    r"(?P<partners>(?:we and )?our (?:\d[\d,.]* )?(?:partners|vendors)|nos (?:\d+ )?partenaires|unsere (?:\d+ )?partner|nuestros (?:\d+ )?socios"
    r"|наши партн[её]ры|شركاؤنا|iş ortaklarımız)"
    r"|(?P<store>store and/or access|information on (?:a|your) device|personali[sz]ed (?:ads|advertising|content)|stocker et/ou accéder"
    r"|informationen auf einem gerät|almacenar o acceder)"
    r"|(?P<cookies>cookies?\b|файл\w+ cookie|ملفات تعريف الارتباط|çerez)"
    r"|(?P<accept>accept all|reject all|i agree|tout accepter|tout refuser|alle akzeptieren|aceptar todo|rechazar todo|принять все|قبول الكل|tümünü kabul)"
    r"|(?P<manage>(?:manage|change|withdraw) (?:your |my )?(?:preferences|settings|choices|consent|cookies)|paramétrer|einstellungen ändern|legitimate interest)",
    re.IGNORECASE,
)
_CONSENT_WORDS = ("cookie", "partner", "partenaires", "socios", "ملفات تعريف", "партн", "çerez")
_MAX_CONSENT = 2_500
_MIN_CONSENT = 3


def notice(page: Page, title: str | None, body: str) -> tuple[str, str] | None:
    """Return why a page with little text is none that holds a report, as it says itself, or None.

    The reason is one of the words of `reject.rejection`; with it comes the end of a sentence that begins with the
    page's address.
    """
    told, begins = list(_names(page, title)), list(_sentences(body))
    for reason, pattern, says in _NOTICES:
        # "Sign in to save this story" may stand above a report, "There is no such page" hardly.
        texts = [*told, *begins] if reason == "soft_404" or len(body) <= _MAX_NOTE else told
        if any(pattern.fullmatch(text) for text in texts):
            return reason, says
    return None


def asks_consent(body: str) -> bool:
    """Tell whether a text is nothing but what a site says of cookies and of its partners before it shows anything."""
    if len(body) > _MAX_CONSENT:
        return False
    lowered = body.lower()
    if not any(word in lowered for word in _CONSENT_WORDS):
        return False
    kinds = {match.lastgroup for match in _CONSENT_PHRASES.finditer(body)}
    return len(kinds) >= _MIN_CONSENT and ("accept" in kinds or "manage" in kinds)


_NOTICES = (
    ("soft_404", _NOT_FOUND, "says that there is no such page, though its status was not 404"),
    ("error_page", _FAILED, "is an error message of the server"),
    ("challenge", _CHECKED, "asks the visitor to prove to be human, or refuses access"),
    ("login_wall", _LOGIN, "asks the visitor to log in"),
    ("consent_wall", _CONSENT, "asks for consent before it shows anything"),
)


def _names(page: Page, title: str | None) -> Iterator[str]:
    """Yield what a page calls itself: its titles and first headings, whole and in parts."""
    # Not every <title> or <h2>: an icon, or a login box that opens on a click, may have one on any page.
    texts = [title or "", page.tree.findtext("head/title") or ""]
    texts += [heading.text_content() for heading in page.elements.named("h1")[:3]]
    for text in _plain(texts):
        yield text
        yield from filter(None, _SEPARATORS.split(text))


def _sentences(body: str) -> Iterator[str]:
    """Yield the first line of a text, and its first sentence."""
    head = body[: _MAX_TITLE + 1]
    yield from _plain([head.split("\n", 1)[0], _SENTENCE_END.split(head, maxsplit=1)[0]])


def _plain(texts: Iterable[str]) -> list[str]:
    return [_VOWEL_SIGNS.sub("", normal_space(text)) for text in texts if len(text) <= _MAX_TITLE]
