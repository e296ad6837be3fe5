"""The CS portfolio: what matters to the customers against how satisfied they are with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.customers.survey_answers import counts_latest_only, main_item, need_surveys
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

_DIGITS = 9  # a mean of correlations is compared at this precision: equal items must not part by the last bit


@dataclass(frozen=True, slots=True)
class CsItem:
    """One survey item.

    Parameters
    ----------
    item
        The question.
    n
        Respondents that answered it and the overall item.
    importance
        Correlation with the overall item, −1 to 1; NaN where `refused` says why.
    satisfaction
        Mean score of these respondents.
    low, high
        The correlation's interval (Fisher's z); NaN without one.
    area
        keep_first 重点維持, keep 維持, improve 改善, improve_first 重点改善; undecided 判定保留 where the interval holds 0; "" where
        refused.
    refused
        Why there is no importance, or None.
    """

    item: str
    n: int
    importance: float
    satisfaction: float
    low: float
    high: float
    area: str
    refused: Text | None


@dataclass(frozen=True, slots=True)
class CsPortfolio:
    """The items, the overall item they are held against, the two splits and the correlation's name."""

    items: tuple[CsItem, ...]
    overall: str
    split_importance: float
    split_satisfaction: float
    method: str


def cs_portfolio(portfolio: Portfolio) -> CsPortfolio:
    """Return every satisfaction item with its importance, satisfaction and area, the most important first.

    A respondent is a customer on a survey day (answers of one customer and day are averaged per item, since the table
    names no person). As in every other figure on satisfaction a customer counts with its newest answer (`voice.answers`): of
    each item the newest day on which it answered that and the overall item, so that the means are the same. Importance is
    the correlation of the item with overall satisfaction, satisfaction the mean score of the same respondents; both are split
    at the mean of the items, or where the definition says (fair-g.com, kazeniwa.net). An end belongs to the upper side. An
    item whose importance may as well be none (its interval holds 0) is in no area yet.

    Raises
    ------
    Refusal
        `too_little_data` without surveys, usable answers, the overall item or another item.
    """
    answers, definition = need_surveys(portfolio), portfolio.definition
    usable = answers[(answers["scale"] == "csat") & (answers["reason"] == "") & answers["recent"]]
    main = None if usable.empty else main_item(usable, definition)
    if main is None or usable["item"].nunique() < 2:
        raise _refuse_without_items(usable)
    table = usable.pivot_table(index=["customer", "date"], columns="item", values="score", aggfunc="mean")
    others = sorted(str(item) for item in table.columns if item != main)
    measured = [_correlate_with_overall(item, table[item], table[main], definition) for item in others]
    known = [each for each in measured if each.refused is None]
    splits = [
        _find_cs_split(definition, name, [getattr(each, name) for each in known])
        for name in ("importance", "satisfaction")
    ]
    items = tuple(_place_item_in_area(each, splits[0], splits[1]) for each in measured)
    ordered = sorted(items, key=lambda each: (math.isnan(each.importance), -each.importance, each.item))
    return CsPortfolio(tuple(ordered), main, splits[0], splits[1], str(definition.value("voice.importance")))


def correlation(one: NDArray[np.float64], other: NDArray[np.float64], method: str = "pearson") -> float:
    """Return the correlation of two series of equal length; of their ranks (ties share the mean) for `spearman`.

    >>> correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]))
    0.5
    """
    ranked = [pd.Series(each).rank().to_numpy(np.float64) if method == "spearman" else each for each in (one, other)]
    a, b = (each - each.mean() for each in ranked)
    return float(np.clip((a @ b) / math.sqrt(float(a @ a) * float(b @ b)), -1.0, 1.0))


def area_of(importance: float, satisfaction: float, split: tuple[float, float]) -> str:
    """Return the area of an item; the splits (importance, satisfaction) belong to the upper side."""
    matters = round(importance - split[0], _DIGITS) >= 0
    pleases = round(satisfaction - split[1], _DIGITS) >= 0
    return {(True, True): "keep_first", (False, True): "keep", (False, False): "improve"}.get(
        (matters, pleases), "improve_first"
    )


def _correlate_with_overall(item: str, own: pd.Series, overall: pd.Series, definition: Definition) -> CsItem:
    pairs = pd.DataFrame({"own": own, "overall": overall}).dropna()  # by customer and day, the newest of each last
    if counts_latest_only(definition):
        pairs = pairs.groupby(level="customer").tail(1)
    x, y = (pairs[name].to_numpy(np.float64) for name in ("own", "overall"))
    n, least, method = len(x), int(definition.number("voice.importance_min")), str(definition.value("voice.importance"))
    if method not in ("pearson", "spearman"):
        raise Refusal(
            "missing_definition",
            f"定義「voice.importance」は pearson か spearman です(今の値: {method})",
            f'the entry "voice.importance" must be pearson or spearman (now: {method})',
        )
    refused = None
    if n < max(least, 2):
        refused = Text(
            f"総合満足度と対になる回答が足りません(必要{least}/実{n})",
            f"too few paired answers (need {least}, have {n})",
        )
    elif np.ptp(x) == 0:
        refused = Text("全員が同じ点なので相関が計算できません", "everybody gave the same score: no correlation")
    elif np.ptp(y) == 0:
        refused = Text(
            "総合満足度が全員同じ点なので相関が計算できません",
            "overall satisfaction is the same for all: no correlation",
        )
    mean = float(x.mean()) if n else math.nan
    if refused is not None:
        return CsItem(item, n, math.nan, mean, math.nan, math.nan, "", refused)
    r = correlation(x, y, method)
    return CsItem(item, n, r, mean, *_compute_fisher_interval(r, n, definition.number("voice.z")), "", None)


def _compute_fisher_interval(r: float, n: int, z: float) -> tuple[float, float]:
    """Return the interval of a correlation: tanh(atanh r ± z ÷ √(n − 3)) (Fisher 1921); NaN for n ≤ 3 or |r| = 1."""
    if n <= 3 or abs(r) >= 1:
        return math.nan, math.nan
    half = z / math.sqrt(n - 3)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def _find_cs_split(definition: Definition, name: str, values: list[float]) -> float:
    fixed = definition.value(f"voice.split_{name}")
    if fixed != "":
        return _parse_fixed_split(name, fixed)
    return float(np.mean(values)) if values else math.nan


def _parse_fixed_split(name: str, written: object) -> float:
    try:
        return float(str(written))
    except ValueError:
        raise Refusal(
            "missing_definition",
            f"定義「voice.split_{name}」は数か空欄です(今の値: {written})",
            f'the entry "voice.split_{name}" must be a number or blank (now: {written})',
        ) from None


def _place_item_in_area(each: CsItem, importance: float, satisfaction: float) -> CsItem:
    if each.refused is not None:
        return each
    area = area_of(each.importance, each.satisfaction, (importance, satisfaction))
    if each.low <= 0 <= each.high:
        area = "undecided"
    return CsItem(each.item, each.n, each.importance, each.satisfaction, each.low, each.high, area, None)


def _refuse_without_items(usable: pd.DataFrame) -> Refusal:
    items = sorted(str(item) for item in usable["item"].unique())
    return Refusal(
        "too_little_data",
        f"CSポートフォリオには、総合満足度の設問とほかの設問の回答が必要です(今の設問: {'・'.join(items[:5]) or 'なし'})",
        f"the CS portfolio needs answers to overall satisfaction and to other items (now: {', '.join(items[:5]) or 'none'})",
    )
