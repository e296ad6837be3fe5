"""名寄せ candidates: who may be one customer, and who is not said to be."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cleaning.duplicates import candidates

COLUMNS = ("customer_id", "name", "kana", "corporate_number", "parent_id")


def table(*rows: tuple[Any, ...]) -> pd.DataFrame:
    filled = [(*row, *[None] * (len(COLUMNS) - len(row))) for row in rows]
    return pd.DataFrame(filled, columns=list(COLUMNS), dtype=object)


def pairs(frame: pd.DataFrame, **how: float) -> list[tuple[int, int, str]]:
    return [(each.first, each.second, each.reason) for each in candidates(frame, **how)]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (("1", "株式会社A"), ("2", "㈱ Ａ"), "name"),
        (("1", "A", None, "1234567890123"), ("2", "B", None, "1234-5678-90123"), "corporate_number"),
        (("1", "A", None, "１２３４５６７８９０１２３"), ("2", "A", None, "1234567890123"), "corporate_number"),
        (("1", "製菓の店", "イナバ"), ("2", "全く別", "ｲﾅﾊﾞ"), "kana"),
        (("1", "東京包装資材"), ("2", "東京包装資材店"), "similar"),
    ],
)
def test_the_strongest_reason_is_told(first: tuple[Any, ...], second: tuple[Any, ...], reason: str) -> None:
    assert pairs(table(first, ("9", "無関係商会"), second)) == [(0, 2, reason)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("1", "東京商事"), ("2", "東京商会")),
        (("1", "A", None, "123"), ("2", "B", None, "123")),  # no corporate number has three digits
        (("1", "A", None, "-"), ("2", "B", None, "-")),
        (("1", "A", ""), ("2", "B", "")),
        (
            ("1", "東京包装資材"),
            ("2", "東京包装資材店", None, None, "1"),
        ),  # a child of it: that they belong together is known
        (("1", "東京包装資材", None, None, "7"), ("2", "東京包装資材店", None, None, "7")),
    ],
)
def test_who_is_no_candidate(first: tuple[Any, ...], second: tuple[Any, ...]) -> None:
    assert pairs(table(first, second)) == []


def test_a_group_is_told_its_equal_numbers_all_the_same() -> None:
    frame = table(("1", "A社", None, "1234567890123"), ("2", "A社店", None, "1234567890123", "1"))
    assert pairs(frame) == [(0, 1, "corporate_number")]


def test_three_of_one_name_are_paired_with_the_first() -> None:
    assert pairs(table(("1", "A社"), ("2", "Ａ社"), ("3", " A 社"))) == [(0, 1, "name"), (0, 2, "name")]


def test_the_threshold_is_inclusive() -> None:
    frame = table(("1", "東京商事"), ("2", "東京商会"))
    assert pairs(frame, least=0.6) == [(0, 1, "similar")]
    assert candidates(frame, least=0.6)[0].likeness == pytest.approx(0.6)
    assert pairs(frame, least=0.61) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("AB商事東京", min_size=1, max_size=6), min_size=1, max_size=12))
def test_pairs_are_ordered_distinct_and_never_of_oneself(names: list[str]) -> None:
    frame = table(*[(str(place), name) for place, name in enumerate(names)])
    found = candidates(frame)
    assert all(each.first < each.second and 0 < each.likeness <= 1 for each in found)
    assert len({(each.first, each.second) for each in found}) == len(found)
