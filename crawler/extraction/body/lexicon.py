"""Words that tell a page's furniture from its report: in class names and ids, and in short lines of text."""

from __future__ import annotations

import re
from enum import StrEnum

from crawler.extraction.body.lines import (
    in_small_letters,
    is_address,
    is_promotion,
    is_reading_time,
    is_wordless,
)


class Zone(StrEnum):
    """What an element is for, where that is not the report."""

    JUNK = "junk"  # promotion, related stories, newsletter, author's biography, comments, counters ...
    CAPTION = "caption"  # caption or credit of a picture
    CHROME = "chrome"  # navigation, footer, side column, by tag or role
    HIDDEN = "hidden"  # not shown to readers


_TAG_ZONES = {"nav": Zone.CHROME, "footer": Zone.CHROME, "aside": Zone.CHROME, "menu": Zone.CHROME,
              "form": Zone.CHROME, "figcaption": Zone.CAPTION}  # fmt: skip
_CHROME_ROLES = frozenset({"navigation", "contentinfo", "complementary", "search", "banner", "dialog"})

# Whole words (or runs of words) of a class name or id, after it was cut at hyphens, underscores and capitals.
_NAMES = {
    Zone.HIDDEN: "visually-hidden is-hidden u-hidden sr-only screen-reader screenreader",
    Zone.CAPTION: "caption captions credit credits image",
    Zone.JUNK: """
        related recirc recirculation recommend recommended recommendation recommendations promo promos promotion
        promoted more-from more-news more-stories read-also also-read see-also read-more readmore read-next readnext
        next-up most-read mostread most-viewed popular trending latest teaser teasers card cards inline-links
        newsletter newsletters subscribe subscription signup membership donate donation poll follow
        share shares sharing sharebar social addthis vote votes like likes dislike comment comments commentlist usercomment usercomments disqus respond
        reply bio author author-bio about-author about-the-author author-box author-info writer byline date dates
        postinfo kicker outbrain taboola sponsor sponsored advert adverts advertisement advertorial ad ads adslot dfp
        tags taglist tag-list topics breadcrumb breadcrumbs pagination pager navbar navigation toolbar
        table-of-contents sidebar infobox player pullquote cookie cookies consent gdpr copyright footer
        """,
}
_ZONE_OF_NAME = {name: zone for zone, names in _NAMES.items() for name in names.split()}
# For the first word of each longer name, how many words there may be.
_LENGTHS = {
    first: {name.count("-") + 1 for name in _ZONE_OF_NAME if name.startswith(f"{first}-")}
    for first in {name.split("-")[0] for name in _ZONE_OF_NAME if "-" in name}
}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

# A made-up mark ("n1AuAdJlVL"): small letters, capitals and digits with no syllable in them.
_RANDOM = re.compile(
    r"(?<![A-Za-z\d])(?=[A-Za-z]*\d)(?=[a-z\d]*[A-Z])(?=[A-Z\d]*[a-z])(?![A-Za-z\d]*[a-z]{3})[A-Za-z\d]{6,}(?![A-Za-z\d])"
)

# The patterns of lines are for lines in small letters: without IGNORECASE they take a third of the time.

# A line that is no more than the credit of a picture.
_CREDIT = re.compile(
    r"\W*(?:(?:images?|photos?|photographs?|pictures?|fotos?|bild|kuva|zdjęcie|crédits?(?: photo)?|credits?|fot|img|фото"
    r"|світлина|снимок|صورة|الصورة|تصوير|عکس|fotoğraf)"
    r"\s*(?:credits?|by|courtesy|source|via)?\s*[:©/|]|(?:getty images|reuters|afp|ap photo|imago|dpa)\s*[©/|]|©|\(c\)\s)"
)
_MAX_CREDIT = 120

# A line that opens the readers' comments: with a count, a bracket or a colon at most.
_COMMENTS = re.compile(
    r"\W*(?:total )?(?:[\d٠-٩]+ )?(?:comments?(?: about this article| on this article| \(closed\))?|leave a (?:comment|reply)|post a comment"
    r"|join the (?:conversation|discussion)|add (?:a )?comment|комментари[ийяев]+|комментировать|оставить комментарий"
    r"|коментар[іяів]*|залишити коментар|تعليقات(?: حول الموضوع| القراء)?|التعليقات|عدد التعليقات|مجموع التعليقات"
    r"|اترك تعليقا?ً?|أضف تعليقا?ً?|commentaires?|kommentare?|comentarios?|yorum(?:lar)?|نظرات|دیدگاه(?:‌?ها)?)"
    r"(?: ?[(:\[]?\s*[\d٠-٩]*\s*[)\]]?)\W*"
)
# A line that heads a list of other stories.
_HEADS = re.compile(
    r"\W*(?:most (?:read|viewed|popular)|(?:read|see) (?:also|more|next)|also read|related (?:stories|articles|news|topics|posts|content|videos?)"
    r"|more (?:stories|news|from .{1,40}|on this (?:story|topic))|recommended(?: videos?| stories| reading| for you)?|you (?:may|might) also like"
    r"|read also|don['’]t miss|editors?['’]? picks?|what to read next"
    r"|читайте (?:также|ещ[её]|далее)|смотрите также|по теме|ещ[её] по теме|материалы по теме|новости по теме|самое читаемое|популярное"
    r"|читайте (?:також|ще)|дивіться також|(?:матеріали|новини) (?:по|за) тем[іою]+|більше (?:по|за) тем[іою]+|популярне"
    r"|الأكثر (?:قراءة|مشاهدة|تداولا?ً?)|[اإ]قرأ (?:أيضا?ً?|المزيد|أكثر)|شاهد أيضا?ً?|قد يهمك(?: أيضا?ً?)?|المزيد (?:من الأخبار|حول .{1,40})"
    r"|(?:مواضيع|موضوعات|أخبار|مقالات|روابط|تقارير) (?:ذات صلة|متعلقة|مشابهة|مرتبطة)"
    r"|بیشتر بخوانید|همچنین بخوانید|این را هم بخوانید|(?:مطالب|اخبار|خبرهای|گزارش‌های) مرتبط|پربازدیدترین(?:‌ها| ?ها)?|پربیننده‌ترین(?:‌ها)?"
    r"|(?:à )?lire (?:aussi|également)|voir aussi|sur le même (?:sujet|thème)|articles? (?:liés|similaires)|les plus lus"
    r"|lesen sie (?:auch|mehr|dazu)|mehr zum thema|weitere (?:artikel|themen|nachrichten)|das könnte (?:sie|dich) (?:auch )?interessieren|meistgelesen"
    r"|lea (?:también|más)|lee también|te (?:puede|podría) interesar|(?:noticias|artículos) relacionad[oa]s|más noticias|más leíd[oa]s|leia (?:também|mais)"
    r"|leggi anche|czytaj (?:więcej|też|także|również)|zobacz (?:też|także|również)"
    r"|(?:benzer|ilgili) (?:haberler|konular|içerikler)|ayrıca okuyun|bunlar da (?:var|ilginizi çekebilir)|en çok okunanlar)\W*"
)
# A line that invites to share or follow, or is the label of an advertisement or of what a CMS put in.
_FURNITURE = re.compile(
    r"\W*(?:share(?: this)?(?: article| story| on .{1,20})?|advertisement|follow us(?: on .{1,20})?|tags?|filed under|topics|article content"
    r"|(?:story|article) continues (?:below|after) .{1,20}|loading\W*|copy link|print(?: this article)?|save article|listen to (?:this )?article"
    r"|anzeige|werbung|externer inhalt|empfohlener (?:redaktioneller )?inhalt|artikel (?:teilen|merken|anhören)|teilen"
    r"|publicité|partager(?: (?:cet article|sur .{1,20}))?|publicidad|compartir(?: en .{1,20})?|etiquetas|pubblicità|reklama"
    r"|поделиться(?: в .{1,20})?|реклама|теги|поширити|поділитися"
    r"|شارك(?: المقال| الخبر)?|مشاركة|[إا]علان|طباعة|نسخ الرابط|الوسوم|كلمات (?:مفتاحية|دلالية)"
    r"|اشتراک‌? ?گذاری|تبلیغات|برچسب ?‌?ها|چاپ خبر|لینک کوتاه|paylaş|reklam|etiketler|yazdır)\W*"
)
_MAX_FURNITURE = 80


def zone_of_name(name: str) -> Zone | None:
    """Return the zone that an element's class names and id speak of, or None."""
    if not name or name.isspace():
        return None
    words = _words_of(name)
    for word in words:
        if word in _ZONE_OF_NAME:
            return _ZONE_OF_NAME[word]
    for start, word in enumerate(words):
        for length in _LENGTHS.get(word, ()):
            zone = _ZONE_OF_NAME.get("-".join(words[start : start + length]))
            if zone:
                return zone
    return None


def _words_of(names: str) -> list[str]:
    """Return the words of class names, cut at capitals and at what parts words; between two names stands a " "."""
    # Asked of each name on a page: most have no capital, and need neither of the two expressions.
    if not names.islower():
        names = _CAMEL.sub("-", _RANDOM.sub(" ", names)).lower()
    words: list[str] = []
    for name in names.replace("_", "-").split():
        words += filter(None, name.split("-"))
        words.append(" ")
    return words


def zone_of_tag(tag: str, role: str | None) -> Zone | None:
    """Return the zone that an element's tag or ARIA role opens, or None."""
    return _TAG_ZONES.get(tag) or (Zone.CHROME if role in _CHROME_ROLES else None)


def is_credit(line: str) -> bool:
    """Tell whether a line is the credit of a picture ("Photo: Reuters", "© AFP")."""
    return len(line) <= _MAX_CREDIT and _CREDIT.match(in_small_letters(line)) is not None


def opens_comments(line: str) -> bool:
    """Tell whether a line is the heading of the readers' comments ("Total Comments (0)")."""
    return len(line) <= _MAX_FURNITURE and _COMMENTS.fullmatch(in_small_letters(line)) is not None


def heads_other_stories(line: str) -> bool:
    """Tell whether a line heads a list of other stories ("Most Read", "Читайте также")."""
    return len(line) <= _MAX_FURNITURE and _HEADS.fullmatch(in_small_letters(line)) is not None


def is_furniture(line: str) -> bool:
    """Tell whether a line is no part of a report by its own words.

    It heads something else ("Most Read"), labels or invites ("Advertisement", "Share this story"), is a mere
    address or reading time, has no word at all, or promotes what the outlet offers.
    """
    if heads_other_stories(line) or (
        len(line) <= _MAX_FURNITURE and _FURNITURE.fullmatch(in_small_letters(line))
    ):
        return True
    return is_wordless(line) or is_address(line) or is_reading_time(line) or is_promotion(line)
