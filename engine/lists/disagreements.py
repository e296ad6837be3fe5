"""Customers whose classes contradict each other: ABC says A, CPM says 離脱."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.definition.rule_tables import compile_rules
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio


def disagreements(portfolio: Portfolio, first: str | None = None, second: str | None = None) -> pd.DataFrame:
    """Return every contradiction between two schemes, the customers with the largest sales first.

    What contradicts what stands in the definition (`disagreements`): each rule names classes of schemes that should not
    meet in one customer, and what it means when they do. Rules about a scheme that these data cannot carry are passed
    over.

    Parameters
    ----------
    first, second
        Scheme codes; only rules that name them. All rules when None.

    Returns
    -------
    pandas.DataFrame
        customer (position), rule (from 1), classes_ja and classes_en (such as `ABC=A、CPM=優良離脱`), meaning_ja and
        meaning_en.

    Raises
    ------
    Refusal
        `missing_definition` for a rule that names an unknown scheme; `too_little_data` where not one rule can be asked.
    """
    wanted = {scheme for scheme in (first, second) if scheme is not None}
    return portfolio.once(("disagreements", *sorted(wanted)), lambda: _find_disagreements(portfolio, wanted))


def _find_disagreements(portfolio: Portfolio, wanted: set[str]) -> pd.DataFrame:
    rules = portfolio.definition.rules("disagreements")
    compiled = compile_rules("disagreements", rules, portfolio.definition, portfolio.schemes)
    rows: list[tuple[Any, ...]] = []
    asked = 0
    for number, (rule, conditions) in enumerate(zip(rules, compiled.rules, strict=True), start=1):
        schemes = list(rule["when"])
        if not wanted <= set(schemes) or any(portfolio.assignments[each].refused for each in schemes):
            continue
        asked += 1
        holds = np.ones(len(portfolio), dtype=np.bool_)
        for condition in conditions:
            holds &= condition.holds(portfolio.frame[f"segment_{condition.column}"].to_numpy(dtype=object))
        rows += _list_disagreement_rows(portfolio, rule, number, np.flatnonzero(holds))
    if not asked:
        raise Refusal(
            "too_little_data",
            "分類どうしを比べられません(取引表が必要か、その組の規則が定義「disagreements」にありません)",
            "no two schemes can be compared (it needs orders, or a rule for that pair under disagreements)",
        )
    columns = ["customer", "rule", "classes_ja", "classes_en", "meaning_ja", "meaning_en"]
    found = pd.DataFrame(rows, columns=columns)
    sales = portfolio.frame["sales_12m"].to_numpy(np.float64, na_value=-np.inf)[found["customer"].to_numpy(np.intp)]
    order = np.lexsort((found["rule"].to_numpy(), found["customer"].to_numpy(), -sales))
    return found.iloc[order].reset_index(drop=True)


def _list_disagreement_rows(
    portfolio: Portfolio, rule: Mapping[str, Any], number: int, places: NDArray[np.intp]
) -> Iterator[tuple[Any, ...]]:
    schemes = list(rule["when"])
    found = [portfolio.frame[f"segment_{scheme}"].to_numpy(dtype=object)[places].tolist() for scheme in schemes]
    told: dict[tuple[str, ...], Text] = {}
    for place, codes in zip(places.tolist(), zip(*found, strict=True), strict=True):
        classes = told.get(codes)
        if classes is None:
            classes = told[codes] = _word_disagreeing_classes(portfolio, schemes, codes)
        yield place, number, *classes, str(rule.get("ja", "")), str(rule.get("en", rule.get("ja", "")))


def _word_disagreeing_classes(portfolio: Portfolio, schemes: Sequence[str], codes: Sequence[str]) -> Text:
    pairs = [
        (portfolio.scheme_text(scheme), portfolio.segment_text(scheme, code))
        for scheme, code in zip(schemes, codes, strict=True)
    ]
    return Text(
        "、".join(f"{scheme.ja}={segment.ja}" for scheme, segment in pairs),
        ", ".join(f"{scheme.en}={segment.en}" for scheme, segment in pairs),
    )
