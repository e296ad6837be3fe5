"""The columns that a filter, a sort order and a list may name: metrics, levels, scores, schemes, dimensions and more."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.definition import metrics
from engine.definition.scheme_names import find_scheme
from engine.language import words
from engine.language.errors import Refusal, Text
from engine.language.filters.column import Column, text_key
from engine.lists import actions
from engine.lists.materiality.by_customer import leading_findings
from engine.reading import columns
from engine.scoring.levels import AXES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.language.errors import Lang
    from engine.language.filters.column import Kind
    from engine.scoring.portfolio import Portfolio


_SCORES: Final = ("の点数", "点数", "点", "スコア", "score")
_ACTIONS: Final = ("next_contact", "contact_reason", "notice_date", "expected_effect")
_FINDINGS: Final = ("finding_rank", "finding_kind", "finding_expected", "finding_due")
_KEYS: Final = ("key", "key_rule", "key_hand")
_PLANNED: Final = {"next_action": "what", "action_due": "due", "action_owner": "owner"}
_MASTER_KINDS: Final[dict[str, tuple[Kind, str]]] = {
    "id": ("text", ""),
    "name": ("text", ""),
    "text": ("text", ""),
    "amount": ("number", "money"),
    "date": ("date", "date"),
    "integer": ("number", "count"),
    "flag": ("flag", "flag"),
}


def columns_of(portfolio: Portfolio) -> Columns:
    """Return the columns of a run; made once."""
    return portfolio.once(("list columns",), lambda: Columns(portfolio))


class Columns:
    """Finds columns by the words of users, and gives their values."""

    def __init__(self, portfolio: Portfolio) -> None:
        self.portfolio = portfolio
        self._master: dict[str, Column] = {}
        for each in columns.columns("customers"):
            kind = _MASTER_KINDS.get(each.kind)
            if kind is not None and each.key in portfolio.frame.columns:
                # A name that already means something (年間売上 is the metric) lends that its further words.
                column = self.find(each.text.ja) or Column(each.key, each.text, kind[0], kind[1])
                for word in (each.key, *each.text, *each.words):
                    self._master.setdefault(words.normalise(word), column)
        known = {*(each.key for each in columns.columns("customers")), "win_level", "row", "part"}
        for name in (each for each in portfolio.tables.customers.columns if each not in known):
            self._master.setdefault(words.normalise(name), Column(name, Text(name, name), "text"))
        self._master[words.normalise("key_account")] = _make_list_column("key_hand")

    def find(self, word: str) -> Column | None:
        """Return the column that a word means, or None.

        Axes come first, then schemes, groupings, metrics (also `前年度売上`), the lists' own columns and the columns of
        the customer table.
        """
        axis = words.find("axes", word)
        if axis is not None:
            return _make_axis_column(axis)
        scheme = find_scheme(self.portfolio.definition, word)
        if scheme is not None:
            name = self.portfolio.scheme_text(scheme)
            return Column(f"segment_{scheme}", name, "code", words=f"scheme:{scheme}")
        dimension = words.find("dimensions", word)
        if dimension is not None:
            return _make_dimension_column(dimension)
        own = words.find("list_columns", word)
        return (
            _find_metric_column(word)
            or _find_score_column(word)
            or (_make_list_column(own) if own else self._master.get(words.normalise(word)))
        )

    def require(self, code: str) -> Column:
        """Return one of the lists' own columns by its code."""
        return _make_list_column(code)

    def near(self, word: str, limit: int = 3) -> tuple[Text, ...]:
        """Return the columns whose words resemble `word`, nearest first."""
        named = {words.normalise(each): name for name in self._list_all_names() for each in name}
        close = get_close_matches(words.normalise(word), named, n=limit * 2, cutoff=0.5)
        return tuple(dict.fromkeys(named[match] for match in close))[:limit]

    def _list_all_names(self) -> list[Text]:
        kinds = ("axes", "dimensions", "list_columns")
        named = [words.text(kind, code) for kind in kinds for code in words.codes(kind)]
        named += [self.portfolio.scheme_text(scheme) for scheme in self.portfolio.schemes]
        named += [metric.name for metric in metrics.dictionary()]
        return named + [column.name for column in self._master.values()]

    def values(self, column: Column) -> NDArray[Any]:
        """Return a column's values, one per customer.

        Numbers as float64 in the metric's unit (money in minor units) with NaN where missing; dates as day numbers;
        flags as 1 and 0; codes and texts as objects, None where missing.

        Raises
        ------
        Refusal
            `too_little_data` for a scheme that these data cannot carry.
        """
        if column.words.startswith("scheme:"):
            self.portfolio.require_scheme(column.words.removeprefix("scheme:"))
        return self.portfolio.once(("list column", column.code), lambda: self._read_values(column))

    def _read_values(self, column: Column) -> NDArray[Any]:
        series = self._read_series(column)
        if column.kind == "date":
            day = series.to_numpy().astype("datetime64[D]")
            return np.where(np.isnat(day), np.nan, day.astype(np.float64))
        if column.kind in ("number", "flag"):
            return series.to_numpy(np.float64, na_value=np.nan)
        return series.astype(object).where(series.notna(), None).to_numpy(dtype=object)

    def _read_series(self, column: Column) -> pd.Series:
        code = column.code
        if code in _ACTIONS:
            return actions.actions(self.portfolio)[code]
        if code in _FINDINGS:
            return leading_findings(self.portfolio)[code]
        if code in _KEYS:
            return actions.key_accounts(self.portfolio)[code]
        if code in _PLANNED:
            return _read_next_planned_actions(self.portfolio, _PLANNED[code])
        if code == "disagreements":
            return pd.Series(actions.disagreement_counts(self.portfolio))
        if code == "gain":
            return pd.Series(actions.opportunity_gains(self.portfolio))
        if code == "strategy":
            return self.portfolio.frame["strategy_ja"]
        if code in self.portfolio.frame.columns:
            return self.portfolio.frame[code]
        raise Refusal(
            "missing_column", f"「{column.name.ja}」の列がありません", f'there is no column "{column.name.en}"'
        )

    def keys(self, column: Column, lang: Lang = "ja") -> NDArray[np.object_]:
        """Return a text column as it is compared: normalised, '' where blank; `lang` matters to strategies only."""

        def make() -> NDArray[np.object_]:
            values = self.values(column)
            if column.code == "strategy":
                values = self.portfolio.frame[f"strategy_{lang}"].to_numpy(dtype=object)
            known = {value: text_key(column, str(value)) for value in set(values.tolist()) if value is not None}
            return np.array([known.get(value, "") for value in values.tolist()], dtype=object)

        return self.portfolio.once(("list column keys", column.code, lang), make)

    def codes(self, column: Column) -> tuple[str, ...]:
        """Return the codes that a code column may hold, in their order."""
        if column.words.startswith("scheme:"):
            return self.portfolio.segment_codes(column.words.removeprefix("scheme:"))
        return tuple(
            code
            for code in words.codes(column.words)
            if code != "none" or column.words not in ("reasons", "finding_kinds")
        )

    def text(self, column: Column, code: str) -> Text:
        """Return the word for a code of a column."""
        if column.words.startswith("scheme:"):
            return self.portfolio.segment_text(column.words.removeprefix("scheme:"), code)
        return words.text(column.words, code)

    def spoken(self, column: Column, lang: Lang) -> str:
        """Return the word by which `find` knows a column again, in `lang` where that is possible."""
        for word in (column.name.to(lang), column.code, column.name.ja):
            found = self.find(word)
            if found is not None and found.code == column.code:
                return word
        return column.code

    def code(self, column: Column, word: str) -> str | None:
        """Return the code that a word means in a column, or None."""
        wanted = words.normalise(word)
        for code in self.codes(column):
            if wanted in map(words.normalise, (code, *self.text(column, code))):
                return code
        scheme = column.words.removeprefix("scheme:")
        kind = column.words if scheme == column.words else f"segments.{scheme}"
        found = words.find(kind, word) if scheme in (*words.codes("schemes"), column.words) else None
        return found if found in self.codes(column) else None


def _make_axis_column(axis: str) -> Column:
    if axis in AXES:
        return Column(f"level_{axis}", words.text("axes", axis), "code", words="levels", score=f"score_{axis}")
    code = axis if axis == "confidence" else f"score_{axis}"
    return Column(code, words.text("axes", axis), "number", "score")


def _find_score_column(word: str) -> Column | None:
    """Return the score of an axis, called リスク点, リスクスコア or risk score."""
    plain = words.normalise(word)
    for ending in _SCORES:
        axis = words.find("axes", plain.removesuffix(ending)) if plain.endswith(ending) else None
        if axis in AXES:
            name = words.text("axes", axis)
            return Column(f"score_{axis}", Text(f"{name.ja}点", f"{name.en} score"), "number", "score")
    return None


def _make_dimension_column(dimension: str) -> Column:
    if dimension == "segment":
        return Column("segment_standard", words.text("schemes", "standard"), "code", words="scheme:standard")
    if dimension == "state":
        return Column("state", words.text("dimensions", "state"), "code", words="states")
    code = "name" if dimension == "customer" else dimension
    return Column(code, words.text("dimensions", dimension), "text")


def _read_next_planned_actions(portfolio: Portfolio, field: str) -> pd.Series:
    """Return a field of each customer's open action that is due first."""
    from engine.planning.plans import next_action_of, open_actions  # late: only lists that name it wait for it

    open_actions(portfolio)  # without a table of actions nothing is known, which is not the same as nothing to do
    found = [next_action_of(portfolio, position) for position in range(len(portfolio))]
    told = [None if action is None else getattr(action, field) for action in found]
    if field == "due":
        return pd.Series(pd.to_datetime(pd.Series(told, dtype=object)).to_numpy("datetime64[s]"))
    return pd.Series(told, dtype=object)


def _make_list_column(code: str) -> Column:
    name = words.text("list_columns", code)
    if code in ("next_contact", "notice_date", "action_due", "finding_due"):
        return Column(code, name, "date", "date")
    if code == "contact_reason":
        return Column(code, name, "code", words="reasons")
    if code == "finding_kind":
        return Column(code, name, "code", words="finding_kinds")
    if code in _KEYS:
        return Column(code, name, "flag", "flag")
    if code == "strategy" or code in _PLANNED:
        return Column(code, name, "text")
    return Column(code, name, "number", "count" if code in ("disagreements", "finding_rank") else "money")


def _find_metric_column(word: str) -> Column | None:
    metric = metrics.lookup(word)
    if metric is not None:
        return _make_metric_column(metric, next(iter(metric.columns.items())))
    plain = words.normalise(word)
    for period in words.codes("periods"):
        for name in (*words.text("periods", period), period):
            start = words.normalise(name)
            found = metrics.lookup(plain.removeprefix(start).removeprefix("の")) if plain.startswith(start) else None
            if found is not None and period in found.columns:
                return _make_metric_column(found, (period, found.columns[period]))
    return None


def _make_metric_column(metric: metrics.Metric, held: tuple[str, str]) -> Column:
    period, code = held
    default = next((each for each in metrics.dictionary() if next(iter(each.columns.values())) == code), None)
    if default is not None:
        metric, name = default, default.name
    else:
        when = words.text("periods", period)
        name = Text(f"{when.ja}{metric.name.ja}", f"{when.en} {metric.name.en}")
    if metric.unit in ("date", "flag"):
        return Column(code, name, "date" if metric.unit == "date" else "flag", metric.unit)
    return Column(code, name, "number", metric.unit)
