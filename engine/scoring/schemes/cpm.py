"""CPM (Customer Portfolio Management): ten groups of five stages, active or lapsed (やずや; LTV-Lab's rule set)."""

from __future__ import annotations

import numpy as np

from engine.language.errors import Text
from engine.scoring.schemes.base import Assignment, Facts, by_rules


def cpm(facts: Facts) -> Assignment:
    """Return the CPM group of every customer.

    Half-open intervals: 在籍日数 T = last − first purchase, 経過 D = as-of − last purchase, N purchases, M cumulative
    amount net of returns: 初回 N = 1; よちよち T < 90; コツコツ T ≥ 90, M < z; 流行 90 ≤ T < 210, M ≥ z; 優良 T ≥ 210,
    M ≥ z; 現役 D < 240, 離脱 D ≥ 240. No order, or M ≤ 0, is 未分類. Sources in the definition under `cpm`.
    """
    threshold, notes = _find_excellent_amount(facts)
    amount = facts.array("sales_total")
    purchases = np.nan_to_num(facts.array("orders"))
    segments = by_rules(
        facts,
        "cpm.rules",
        {
            "purchases": purchases,
            "amount": np.nan_to_num(amount),
            "amount_ratio": amount / threshold if threshold > 0 else np.full(facts.count, np.inf),
            "span_days": facts.array("span_days"),
            "recency_days": facts.array("recency_days"),
        },
        "unclassified",
    )
    refused = None
    if not purchases.any():
        refused = Text("CPMには取引表が必要です", "CPM needs an order table")
    return Assignment(segments, {"cpm.amount": (threshold,)}, notes, refused)


def _find_excellent_amount(facts: Facts) -> tuple[float, tuple[Text, ...]]:
    """Return z in minor units, and a note where the yen amount does not fit the currency."""
    definition = facts.definition
    basis = definition.value("cpm.excellent_basis")
    if basis == "amount" or (basis == "auto" and facts.currency == "JPY"):
        return definition.number("cpm.excellent_amount") * 10**facts.digits, ()
    number = np.nansum(facts.array("orders"))
    mean = float(np.nansum(facts.array("sales_total")) / number) if number else 0.0
    multiple = definition.number("cpm.excellent_multiple")
    note = Text(
        f"CPMの優良の基準額は、平均購入単価の{multiple:g}倍としました(通貨が円でないか、定義の指定による)",
        f"CPM: excellent from {multiple:g} times the average order (not in yen, or so defined)",
    )
    return mean * multiple, (note,) if number else ()
