"""One's own figures beside those of competitors and the industry, as they were typed in with source and date.

Decision 0198: why a benchmark needs source and date.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.cleaning.missing_table import absence
from engine.definition.scheme_names import find_scheme
from engine.language import words
from engine.language.districts import same_region
from engine.language.errors import Refusal, Text
from engine.lists import summary
from engine.scoring import concentration
from engine.scoring.grouping import grouping

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from engine.scoring.portfolio import Portfolio

_GROUPED: Final = ("share", "margin_rate", "growth", "sales", "customers", "sales_per_customer")
_INDICES: Final = ("cr1", "cr3", "cr5", "hhi", "effective_number", "customers_80")
_RATES: Final = ("retention", "repurchase", "churn", "grr", "nrr")
_UNITS: Final = {
    **dict.fromkeys(("share", "margin_rate", "growth", "cr1", "cr3", "cr5", *_RATES), "rate"),
    **dict.fromkeys(("sales", "sales_per_customer"), "money"),
    **dict.fromkeys(("customers", "customers_80"), "count"),
    **dict.fromkeys(("hhi", "nps"), "score"),
    "effective_number": "ratio",
}
_TRIED: Final = ("industry", "segment", "region", "district", "size", "channel", "state")
"""Where an item is looked for when the row does not say what it is a part of."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of others beside one's own.

    Parameters
    ----------
    who
        Whose figure it is.
    measure
        A code of `benchmark_measures`, or the word as typed.
    label
        The measure in both languages.
    by, by_label
        What the item is a part of (a code of `dimensions`, a scheme as `scheme:<code>`, a column of the customers), and
        its name; "" and blank for the whole portfolio.
    item
        The part, such as an industry; "" for the whole portfolio.
    unit
        rate (fractions), money (whole currency units), count, ratio, score, or "" where the measure is not known.
    own
        One's own figure on the as-of date; None where it cannot be had.
    other
        Theirs.
    source, day
        Where it was taken from, and what day it speaks of.
    stale
        Whether that day lies further back than `freshness.benchmarks_days`.
    reason
        Why `own` is None.
    """

    who: str
    measure: str
    label: Text
    by: str
    by_label: Text
    item: str
    unit: str
    own: float | None
    other: float
    source: str
    day: date
    stale: bool
    reason: Text | None

    @property
    def gap(self) -> float | None:
        """Own figure less theirs (of rates: in fractions, 0.05 are five points); None without an own figure."""
        return None if self.own is None else self.own - self.other


def compare(portfolio: Portfolio, by: str | None = None) -> tuple[Comparison, ...]:
    """Return one's own figures beside the benchmarks, in the order of their table.

    Parameters
    ----------
    by
        A dimension, a scheme or a column of the customers: only what is compared part by part along it. None for
        all, those of the whole portfolio included.

    Raises
    ------
    Refusal
        `too_little_data` where the run has no benchmarks, or none along `by`.
    """
    table = portfolio.tables.benchmarks
    if table is None:
        raise Refusal("too_little_data", *absence(portfolio.tables, "benchmarks"))
    found = portfolio.once(
        ("benchmarks",), lambda: tuple(_compare_with_benchmark(portfolio, row) for _, row in table.iterrows())
    )
    if by is None:
        return found
    wanted, name = _parse_benchmark_dimension(portfolio, by)
    along = tuple(each for each in found if each.by == wanted)
    if not along:
        raise Refusal(
            "too_little_data",
            f"ベンチマークの表に{name.ja}別の行がありません(切り口と区分の列に書いてください)",
            f"no benchmark is given by {name.en.lower()} (fill in its columns By and Item)",
        )
    return along


def _compare_with_benchmark(portfolio: Portfolio, row: pd.Series) -> Comparison:
    code, item = str(row["measure"]), _take_text_or_blank(row["item"])
    by, name = _find_benchmark_dimension(portfolio, _take_text_or_blank(row["by"]), item)
    own, reason = _compute_or_explain(lambda: _compute_own_figure(portfolio, code, by, name, item))
    day = pd.Timestamp(row["date"]).date()
    return Comparison(
        who=str(row["who"]),
        measure=code,
        label=words.text("benchmark_measures", code),
        by=by,
        by_label=name,
        item=item,
        unit=_UNITS.get(code, ""),
        own=own,
        other=float(row["value"]),
        source=str(row["source"]),
        day=day,
        stale=(portfolio.as_of - day).days > portfolio.definition.number("freshness.benchmarks_days"),
        reason=reason,
    )


def _take_text_or_blank(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


def _compute_or_explain(make: Callable[[], float]) -> tuple[float | None, Text | None]:
    """Return the figure, or why there is none."""
    try:
        value = make()
    except Refusal as refusal:
        return None, refusal.text
    if np.isnan(value):
        return None, Text("元になる数字がありません", "the figures it is made of are missing")
    return float(value), None


def _compute_own_figure(portfolio: Portfolio, code: str, by: str, name: Text, item: str) -> float:
    if code in _GROUPED:
        return _compute_figure_of_group(portfolio, code, by, name, item)
    if code in _INDICES and not item:
        return concentration.measure(portfolio, code, _name_scored_column(by) or "customer")
    if code in _RATES:
        return _find_retention_rate(portfolio, code, by, name, item)
    if code == "nps" and not item:
        from engine.measures.voice import nps  # late, as below: only whoever compares with such a figure waits for it

        total = nps(portfolio)[0]
        return float("nan") if total.value is None else float(total.value)
    if code in _UNITS:
        raise Refusal(
            "argument",
            "この指標は全体だけを比べます(区分を空白に)",
            "this measure is compared as a whole (leave the item blank)",
        )
    usable = [words.text("benchmark_measures", each) for each in words.codes("benchmark_measures")]
    raise Refusal(
        "argument",
        f"自社の値を計算できない指標です(計算できる指標: {'・'.join(each.ja for each in usable)})",
        f"no measure of ours (ours: {', '.join(each.en for each in usable)})",
    )


def _compute_figure_of_group(portfolio: Portfolio, code: str, by: str, name: Text, item: str) -> float:
    wanted = ("customers", "sales", "previous", "gross_profit", "share", "margin_rate")
    if not item:
        if code == "share":
            raise Refusal("argument", "構成比には区分を書いてください", "a share needs an item")
        return _derive_figure(code, _sum_whole_portfolio(portfolio), portfolio.digits)
    if not by:
        raise _refuse_unknown_item(item, "顧客の区分", "the customers' groups", [])
    scheme = by.partition(":")[2]
    frame = portfolio.once(
        ("benchmarks.by", by),
        lambda: summary.summarise(portfolio, "segment" if scheme else by, wanted, scheme or "standard"),
    )
    place = _find_place_of_item(item, [frame["group"].tolist(), frame["label_ja"].tolist(), frame["label_en"].tolist()])
    if place is None:
        raise _refuse_unknown_item(item, name.ja, name.en.lower(), frame["label_ja"].tolist())
    row = frame.iloc[place]
    return _derive_figure(code, {each: _convert_to_float_or_nan(row[each]) for each in wanted}, portfolio.digits)


def _sum_whole_portfolio(portfolio: Portfolio) -> dict[str, float]:
    frame = portfolio.frame
    sums = {
        name: _convert_to_float_or_nan(frame[column].sum(min_count=1))
        for name, column in (
            ("sales", "sales_12m"),
            ("previous", "sales_prev_12m"),
            ("gross_profit", "gross_profit_12m"),
        )
    }
    known = frame["gross_profit_12m"].count() == frame["sales_12m"].count()
    margin = sums["gross_profit"] / sums["sales"] if known and sums["sales"] > 0 else float("nan")
    return {**sums, "customers": float(len(frame)), "margin_rate": margin}


def _derive_figure(code: str, figures: dict[str, float], digits: int) -> float:
    if code == "growth":
        return figures["sales"] / figures["previous"] - 1 if figures["previous"] > 0 else float("nan")
    if code == "sales_per_customer":
        return figures["sales"] / figures["customers"] / 10**digits if figures["customers"] else float("nan")
    return figures[code] / (10**digits if code == "sales" else 1)


def _find_retention_rate(portfolio: Portfolio, code: str, by: str, name: Text, item: str) -> float:
    from engine.measures.retention import rate, rates

    if not item:
        value = rate(portfolio, code).value
        return float("nan") if value is None else value
    found = rates(portfolio, code, by.partition(":")[2] or by or None)
    place = _find_place_of_item(
        item, [[each.key for each in found], *([each.label.to(lang) for each in found] for lang in ("ja", "en"))]
    )
    if place is None or not by:
        raise _refuse_unknown_item(item, name.ja, name.en.lower(), [each.label.ja for each in found])
    value = found[place].value
    return float("nan") if value is None else value


def _find_benchmark_dimension(portfolio: Portfolio, written: str, item: str) -> tuple[str, Text]:
    """Return what the item is a part of: as the row says, else the first dimension that has such a group."""
    if written:
        return _parse_benchmark_dimension(portfolio, written)
    if item:
        for dimension in _TRIED:
            try:
                groups = grouping(portfolio, dimension)
            except Refusal:  # these data have no such column or scheme
                continue
            names = [*(groups.order or ()), *groups.keys.unique().tolist()]
            spoken = [str(each) for name in names for each in (name, *groups.name_of(str(name)))]
            if _find_place_of_item(item, [spoken]) is not None:
                return dimension, words.text("dimensions", dimension)
    return "", Text("", "")


def _parse_benchmark_dimension(portfolio: Portfolio, word: str) -> tuple[str, Text]:
    code = words.find("dimensions", word)
    if code is not None:
        return code, words.text("dimensions", code)
    scheme = find_scheme(portfolio.definition, word.removeprefix("scheme:"))
    if scheme is not None:
        name = portfolio.scheme_text(scheme)
        return ("segment", words.text("dimensions", "segment")) if scheme == "standard" else (f"scheme:{scheme}", name)
    return word, Text(word, word)


def _name_scored_column(by: str) -> str:
    """Return the column of the scored table that a dimension stands in."""
    return "segment_standard" if by == "segment" else by.replace("scheme:", "segment_")


def _find_place_of_item(item: str, columns: list[list[str]]) -> int | None:
    wanted = same_region(item)  # of whatever dimension: only names of prefectures are compared otherwise
    for column in columns:
        for place, word in enumerate(column):
            if word and same_region(str(word)) == wanted:
                return place
    return None


def _refuse_unknown_item(item: str, ja: str, en: str, there: list[str]) -> Refusal:
    near = get_close_matches(item, [each for each in there if each], n=3, cutoff=0.4) or there[:5]
    return Refusal(
        "argument",
        f"{ja}に「{item}」がありません" + (f"(近い語: {'・'.join(near)})" if near else ""),
        f'"{item}" is none of {en}' + (f" (near: {', '.join(near)})" if near else ""),
    )


def _convert_to_float_or_nan(value: object) -> float:
    return float("nan") if pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]  # a cell of numbers
