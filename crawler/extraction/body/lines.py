"""Lines inside a report that are not of it: addresses, reading times, what parts sections, invitations to subscribe."""

from __future__ import annotations

import re

# An e-mail address, a web address or an account's name.
_ADDRESS = re.compile(
    r"\W*(?:https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|@\w{2,30}|(?:twitter|x|facebook|t|instagram)\.(?:com|me)/\S+)",
    re.IGNORECASE,
)
_MAX_ADDRESS = 250

# The patterns below are for lines in small letters: without IGNORECASE they take a third of the time.

# How long it takes to read a page.
_READING_TIME = re.compile(
    r"\W*(?:\d+[ -]?(?:min\w*\.?)[ -](?:read|de lecture|de lectura|lesezeit|okuma)"
    r"|(?:estimated )?(?:reading time|read time|lesezeit|temps de lecture|tiempo de lectura|tempo de leitura"
    r"|tempo di lettura|leestijd|czas czytania|doba čtení|время чтения|час читання|okuma süresi|وقت القراءة"
    r"|مدة القراءة|زمان مطالعه)\W{0,3}[\d٠-٩۰-۹]+\W{0,3}\w{0,12})\W*"
)
_MAX_READING_TIME = 50

# What an outlet asks of its readers: how the line begins, and what it is about. Both have to be there, since people in
# reports write on Telegram too; and the words are those of requests, since in many languages "he continued", "signing"
# or "joined" differ from them by a letter. A line in quotation marks is somebody else's request.
_INVITATION = re.compile(
    r"\W*(?:sign up|subscribe|follow (?:us|our|the|@?\w+(?: \w+)? on)|join (?:us|our|the conversation|the discussion)|like us"
    r"|download (?:the|our)|click (?:here|to)|get (?:the|our|all|more|breaking)|check out|stay (?:up|informed|tuned)"
    r"|for (?:more|the latest|all the latest|breaking)|want (?:more|to)|do you have an?|don['’]t miss|never miss|start your day"
    r"|receive (?:our|the|all)|listen to|watch (?:our|more|live|the (?:video|full|latest))|read more|support (?:our|us)|become a|enjoyed this|our (?:free|daily|weekly)"
    r"|you can (?:also )?(?:follow|find|subscribe|sign up)"
    r"|abonnier\w*|folg(?:en|e|st) (?:sie|du|uns)|melden sie sich|melde dich|hier (?:geht|können|finden)|ihre meinung|schreiben sie uns"
    r"|jetzt (?:abonnieren|anmelden|kostenlos)|laden sie|lade dir|erhalten sie|wollen sie|möchten sie|sie (?:wollen|möchten)"
    r"|abonnez|inscrivez|suivez|rejoignez|téléchargez|recevez|retrouvez|pour (?:recevoir|suivre|ne rien)"
    r"|suscr[ií]b(?:ete|ase|e)|s[ií]guenos|síganos|únete|únase|descarga (?:nuestra|la)|recibe (?:gratis|en tu|nuestr\w*)|puedes seguir"
    r"|iscriviti|iscrivetevi|segui(?:ci|teci)|assine|siga-nos|inscreva-se|receba"
    r"|подписывай\w*|подпишитесь|подписаться|присоединяйтесь|следите за|скачай(?:те)?|скачивайте|читайте нас|поддержите нас|наш (?:телеграм|telegram|канал)"
    r"|підписуй\w*|підпишіться|підписатися|приєднуйтесь|долучайтесь|стежте за|завантаж(?:уй)?те|слідкуйте|читайте нас|підтримайте нас"
    r"|abone ol\w*|takip edin|bizi takip|uygulamamızı"
    r"|تابعنا|تابعونا|تابعوا (?:صفح|قنا|حساب|آخر)\w*|لمتابعة|للمتابعة|اشترك(?:وا)? (?:الآن|معنا|في (?:نشرت|قنا|خدم|النشرة)\w*)|للاشتراك"
    r"|انضم(?:وا)? (?:إلينا|الينا|إلى قنا\w*)|للانضمام|حم[ّ]?ل(?:وا)? تطبيق|لتحميل تطبيق|قناتنا|ليصلك\w*"
    r"|ما را (?:در|از|دنبال)|با ما (?:در|همراه)|به کانال|عضو (?:کانال|شوید)|برای (?:دریافت|عضویت|پیوستن))(?!\w)"
)
_MEDIUM = re.compile(
    r"\bnewsletters?\b|\be-?mail (?:alert|update)s?\b|\bbulletin\b|\binbox\b|\bpodcasts?\b|\bour (?:app|channel|page|site|website|journalism|work)\b"
    r"|\b(?:facebook|twitter|instagram|telegram|whatsapp|tiktok|youtube|linkedin|google (?:news|nachrichten)|threads|bluesky|mastodon)\b"
    r"|\bsubscri(?:ber|bing|ption)s?\b|\bsigning up\b|\bfeedback\b|\b(?:story|news) tips?\b|\bour (?:\w+ ){0,2}(?:stories|coverage|news)\b"
    r"|\bbolet(?:ín|ines)\b|\blettres? d['’]info|\bnotre (?:chaîne|application|page)\b|\bnuestr[oa]s? (?:canal|app|página)\b"
    r"|\bunser\w* (?:kanal|app)\b|\bpush-nachrichten\b"
    r"|телеграм|вотсап|вайбер|viber|ютуб|фейсбук|рассылк|розсилк|соцсет|соцмереж|google новин|наш(?:ем|его)? канал|нашого каналу"
    r"|kanalı|uygulama|bülten|sosyal medya"
    r"|تلغرام|تيليغرام|تلجرام|تليجرام|واتساب|واتس اب|يوتيوب|فيسبوك|تويتر|[إا]نستغرام|نشرتنا|النشرة|قناتنا|صفحتنا|تطبيق|غوغل نيوز"
    r"|تلگرام|اینستاگرام|خبرنامه|کانال"
)
# Requests that can be nothing else, wherever they stand in a line.
_REQUEST = re.compile(
    r"\bsign(?:ing)? up (?:for|to) (?:our|the) (?:[\w-]+ ){0,4}(?:newsletters?|briefing|alerts)\b|\bsubscribe to our\b|\bfollow us on\b"
    r"|\babonniere(?:n sie)? (?:jetzt|den|die|unser\w*) (?:[\w-]+ ){0,3}(?:newsletter|podcast|[\w-]*kanal)|\bfolgen sie uns (?:auf|bei)\b"
    r"|\babonnez-vous à (?:notre|nos|la)\b|\bsuscríbete (?:a|en) nuestr|подпи(?:сывайтесь|шитесь) на (?:наш|канал)"
    r"|підпи(?:суйтесь|шіться) на (?:наш|канал)|تابعونا على|\btakip edin\W*$|\babone olun\W*$"
)
# A word of each request, for speed: hardly any line has one.
_REQUEST_WORDS = (
    "sign", "subscribe", "follow us", "abonn", "folgen sie", "suscr", "подпи", "підпи", "تابعونا", "takip", "abone"
)  # fmt: skip
_MAX_PROMOTION = 300
_QUOTES = frozenset("\"'“”„«»‹›‘’")

# A day with its year, perhaps with an hour: few words, no sentence.
_DAY = re.compile(r"(?<!\d)(?:[1١۱][9٩۹]|[2٢۲][0٠۰])\d\d(?!\d)")
_DAY_WORD = re.compile(r"[^\W\d_]+")
_MAX_DAY_WORDS = 4
_MAX_DAY = 60


def in_small_letters(line: str) -> str:
    """Return `line` as the patterns of lines are asked of it; Python makes two characters of the Turkish "İ"."""
    return line.lower().replace("i\u0307", "i")


def is_day(line: str) -> bool:
    """Tell whether a line is a date ("17:41 JST, October 13, 2024", "السبت 13 أكتوبر 2024") and little else."""
    if len(line) > _MAX_DAY or not _DAY.search(line):
        return False
    numbers = re.findall(r"\d+", line)
    return len(numbers) >= 2 and len(_DAY_WORD.findall(line)) <= _MAX_DAY_WORDS


def is_wordless(line: str) -> bool:
    """Tell whether a line has neither a letter nor a digit: it parts or adorns ("___", "* * *")."""
    return not any(map(str.isalnum, line))


def is_address(line: str) -> bool:
    """Tell whether a line is no more than an e-mail address, a web address or an account's name."""
    return " " not in line and len(line) <= _MAX_ADDRESS and _ADDRESS.fullmatch(line) is not None


def is_reading_time(line: str) -> bool:
    """Tell whether a line says how long a page takes to read ("3 min read", "Lesezeit: 4 Minuten")."""
    return len(line) <= _MAX_READING_TIME and _READING_TIME.fullmatch(in_small_letters(line)) is not None


def is_promotion(line: str) -> bool:
    """Tell whether a line invites to a newsletter, a channel, an app or the like ("Follow us on Telegram")."""
    if len(line) > _MAX_PROMOTION or line[:1] in _QUOTES:
        return False
    small = in_small_letters(line)
    if _INVITATION.match(small) and _MEDIUM.search(small):
        return True
    return any(map(small.__contains__, _REQUEST_WORDS)) and _REQUEST.search(small) is not None
