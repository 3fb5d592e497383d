"""Datelines: the place that a report was filed from, and the agency that it names; or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.metadata.read import agency_of, dateline


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("KHARTOUM (AFP) — Five people were killed.", "KHARTOUM"),
        ("Idlib, Syria - Five civilians were killed.", "Idlib, Syria"),
        ("RAMALLAH, January 24, 2026 (WAFA) – Five people", "RAMALLAH"),
        ("BAGHDAD, 24 Jan (Reuters) - Five people", "BAGHDAD"),
        ("JERUSALEM, Jan. 24 (Reuters) - Five people", "JERUSALEM"),
        ("Khartoum / El Fasher / Nyala – The shelling", "Khartoum / El Fasher / Nyala"),
        ("SANTA FE, N.M. (AP) — Police", "SANTA FE, N.M."),
        ("Port-au-Prince — Gangs", "Port-au-Prince"),
        ("Sana'a, Yemen – Five people", "Sana'a, Yemen"),
        ("Mogadishu (HOL) - Five soldiers", "Mogadishu"),
        ("Dayr az-Zawr -- Five", None),  # a small word that is not known: better none
        ("دمشق-سانا\nقتل خمسة", "دمشق"),
        ("دمشق - سانا - قتل خمسة", "دمشق"),
        ("بيروت (رويترز) - قتل خمسة", "بيروت"),
        ("КИЕВ, 24 января. Пятеро погибли.", "КИЕВ"),
        ("Київ, 24 січня. Пятеро загинули.", "Київ"),
        ("МОСКВА, 24 янв - РИА Новости. Пять", "МОСКВА"),
        ("DAMASCUS, Syria (AP) — Five people", "DAMASCUS, Syria"),
        ("GAZA CITY, Gaza Strip (AP) —Five people", "GAZA CITY, Gaza Strip"),
        ("دمشق-سانا قتل خمسة", "دمشق"),
        ("بغداد/ واع / قتل خمسة", "بغداد"),
        ("رام الله 24-1-2026 وفا- قتل خمسة", "رام الله"),
        ('غزة - "القدس العربي": قتل خمسة', "غزة"),
        ("KYIV. Jan 5 (Interfax-Ukraine) – Five people", "KYIV"),
        ("Киев. 5 января. ИНТЕРФАКС - Пять человек", "Киев"),
        ("Київ. 5 січня. УНН. П'ятеро загинули", "Київ"),
        ("Париж, 5 января, ТАСС. Пять человек", "Париж"),
        ("MOSCOW, January 5. /TASS/. Five people", "MOSCOW"),
        ("Madrid, 5 ene (EFE).- Cinco personas", "Madrid"),
        ("İSTANBUL (AA) - Beş kişi", "İSTANBUL"),
    ],
)
def test_a_dateline_is_found(body: str, place: str | None) -> None:
    assert dateline(body) == place


@pytest.mark.parametrize(
    "body",
    [
        "",
        "(Zaman Al Wasl)- At least 84 civilians were killed.",
        "Reuters - Five people were killed.",
        "Five people were killed - officials",
        "The attack - the third this week - killed five.",
        "UPDATE - five people were killed",
        "BREAKING: five people were killed",
        "On Friday — five people",
        "President Zelensky – who arrived on Friday – said",
        "Israel-Hamas war – live updates",
        "غزة كانت هادئة - قال شاهد",
        "عاجل - قتل خمسة",
        "Nairobi: Police said",
        "January 24 - Five people",
        "Five people were killed in Aleppo, Syria - it was said",
    ],
)
def test_what_is_no_dateline_is_none(body: str) -> None:
    assert dateline(body) is None


@pytest.mark.parametrize(
    ("body", "agency"),
    [
        ("BEIRUT (Reuters) - Five people were killed.", "Reuters"),
        ("(AFP) - Five people were killed.", "AFP"),
        ("BEIRUT (AP/AFP) — Five people were killed.", "AP, AFP"),
        ("AL-BAB, Syria (Demo Wire) - Five people were killed.", "Demo Wire"),
        ("دمشق-سانا\nقتل خمسة", "SANA"),
        ("بيروت (رويترز) - قتل خمسة", "Reuters"),
        ("دمشق - وكالات - قتل خمسة", "وكالات"),
        ("МОСКВА, 24 янв - РИА Новости. Пять", "РИА Новости"),
        ("KYIV. Jan 5 (Interfax-Ukraine) – Five", "Interfax-Ukraine"),
        ("Five people were killed.\n\nAl Watch, Agencies", "Agencies"),
        ("Five people were killed. — AFP", "AFP"),
        ("Five people were killed, officials said. (dpa/AFP)", "dpa, AFP"),
        ("قتل خمسة.\n\nالمصدر: أ.ف.ب + رويترز", "AFP, Reuters"),
        ("Five people were killed.\n\nKaynak: AA", "Anadolu"),
        ("Mogadishu (HOL) - Five people were killed.", None),  # whoever that is
        ("Syria (north) - Five people were killed.", None),
        ("Five people were killed, Reuters reported on Friday.", None),
        ("A photographer of AP (he was 30) was killed. He works for the AP", None),
        ("", None),
    ],
)
def test_the_agency_is_named_in_the_dateline_or_at_the_end(body: str, agency: str | None) -> None:
    assert agency_of(body) == agency


def test_an_outlet_is_no_agency_to_itself() -> None:
    body = "دمشق-سانا\nقتل خمسة"
    assert agency_of(body, "https://www.sana.sy/a") is None
    assert agency_of(body, "https://a.example/", ("SANA",)) is None
    assert agency_of("BEIRUT (Reuters) - Five", "https://www.sana.sy/a") == "Reuters"
    assert agency_of(body, "http://[") == "SANA"


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), st.text("Aab ,-–/(.)\n24ьб", max_size=300)))
def test_no_text_raises(body: str) -> None:
    agency_of(body)
    found = dateline(body)
    assert found is None or found in " ".join(body.split())


def test_a_long_head_is_no_trap() -> None:
    assert dateline("A b" * 100_000) is None
    assert dateline("Aa, " * 100_000) is None
    assert dateline("A" * 100_000 + " (") is None
    for trap in ("دمشق " * 50_000, "A, 5 May" * 50_000, "x\n" * 100_000, "- (" * 100_000, "A - " * 100_000):
        assert agency_of(trap) is None
