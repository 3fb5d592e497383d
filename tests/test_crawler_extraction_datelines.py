"""Datelines: the place that a report was filed from, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.metadata.read import dateline


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


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), st.text("Aab ,-–/(.)\n24ьб", max_size=300)))
def test_no_text_raises(body: str) -> None:
    found = dateline(body)
    assert found is None or found in " ".join(body.split())


def test_a_long_head_is_no_trap() -> None:
    assert dateline("A b" * 100_000) is None
    assert dateline("Aa, " * 100_000) is None
    assert dateline("A" * 100_000 + " (") is None
