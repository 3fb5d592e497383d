"""Words that parsers and regular expressions stumble over, for `bench/fuzz_inputs.py`."""

from __future__ import annotations

# To be repeated: each makes some pattern try everything it can.
KILLERS = (
    " ", "\xa0", "a", "(", ")", "()", "- ", " -", "| ", ".", ". ", ",", ", ", "1", "1:", "1/", "1.", "&amp;", "—", " — ", "A. ",
    "By ", "by and ", "AFP ", "Reuters/", "й", "ـ", "\u0650", "\u200b", "\u0301", "@a", "https://", "www.", "\n", "\t \n", "a-",
    "A", "aA ", "٣", "日", "é", "😀", "\u202e", "//", "[", "[]", "{", "“", "”", "'", "«", "»", "[...]", "...", "…", "*", "_", "#x ",
    "the ", "page ", "404 ", "not found ", "<!--", "-->", "]]>", "\\", '\\"', ";", "=", "%41", "\ufffd", "\U000e0001",
)  # fmt: skip
# What such a run stands after.
TITLES = (
    "", "Shelling hits market", "By Olena Petrenko", "KYIV (Reuters) - ", "دمشق - سانا ", "Published 20 November 2026", "Автор: ", "20:15 ",
    "منذ ", "404", "Comments (", "Photo: ", "Read more", "Updated: ", "Tue, ", "Page not", "بقلم: ", "© ",
)  # fmt: skip
CONTROLS = (
    b"\x00", b"\x01", b"\x0b", b"\x0c", b"\x1b", b"\x1b$B", b"\x7f", b"\x80", b"\xc2\x85", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xef\xbf\xbe",
    b"\xef\xbf\xbf", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xf0\x9f", b"\xe2\x80\xa8", b"\xff", b"\xfe",
)  # fmt: skip
DATES = (
    "2026-11-20T10:00:00+03:00", "2026-13-45", "0000-00-00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "99999-01-01",
    "2026-11-20T24:60:60Z", "2026-11-20T10:00:00+99:99", "+002026-11-20", "2026-W47-5", "1700000000", "1700000000000", "9" * 30,
    "-1", "1e400", "20 November 2026, 25:61", "32 January 2026", "30 February 2026", "20/20/2026", "منذ 99999999999999999999 ساعة",
    "منذ ساعتين", "99999999999 years ago", "5 hours ago", "٢٠ نوفمبر ٢٠٢٦", "٣٠ شعبان ١٤٤٨", "1 Muharram 99999", "30 صفر 1448 هـ", "۲۹ آبان ۱۴۰۵",
    "20 ноября 2026 г.", "20 листопада 2026", "20 Kasım 2026 Cuma", "vendredi 20 novembre 2026", "Fri, 20 Nov 2026 10:00:00 XYZ",
    "2026年11月20日", "yesterday", "tomorrow", "now", "1/1/1", "١/١/١", "12:00 AM PM", "2026-11-20 10:00 Asia/Nowhere", "99:99", "²⁰²⁶-¹¹-²⁰",
    "2026-1１-２0", "20.11.2026 20.11.2026 20.11.2026", "Jan " * 400, "1 " * 2_000, "2026" * 1_000, "29 Feb 2025", "2026-11-20T10:00:00.123456789123Z",
    "P1D", "--11-20", "२० नवम्बर २०२६", "20 November 0", "20 November 99999999", "1 May " * 300,
)  # fmt: skip
