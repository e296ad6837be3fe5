"""What can be traced: axes, schemes, the strategy, the tests and every metric."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.definition.metrics import column_of, find_metric
from engine.definition.rule_tables import NO_MATCH, compile_rules
from engine.definition.scheme_names import find_scheme, scheme_text, segment_text
from engine.explanation.explain import explain
from engine.explanation.trace.lines import (
    CALCULATED,
    Trace,
    TraceLine,
    entries,
    input_lines,
    keys_under,
    made,
    metric_lines,
    name_of,
    typed_instead,
    value_of,
)
from engine.explanation.trace.origins import Origin, lineage_of
from engine.language import words
from engine.language.display import NOT_AVAILABLE, number
from engine.language.errors import Refusal, Text
from engine.scoring.forecast.forecast import OWN_PAST
from engine.scoring.forecast.scorecard import is_scorecard
from engine.scoring.levels import CAP, FLOOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from engine.scoring.portfolio import Portfolio

_STRATEGY: Final = Text("戦略", "Strategy")
_ADJUSTING: Final = {
    OWN_PAST: ("forecast.least_events", "forecast.origins", "forecast.fading"),
    CAP: ("forecast.points_to_double",),
    FLOOR: ("levels.floor_share", "levels.floor_decline", "levels.risk_mid"),
}
"""The entries of the definition behind what a scorecard adds besides its metrics."""


def trace(portfolio: Portfolio, position: int, subject: str = "total") -> Trace:
    """Return where an answer on the customer at `position` comes from.

    Parameters
    ----------
    position
        As `portfolio.position` returns it.
    subject
        A word in either language: 戦略, an axis (総合 …), a scheme, a test of `PORTFOLIO_ALERTS`, or a metric; looked up
        in this order.

    Raises
    ------
    Refusal
        `argument` for a word that is none of these, naming the metrics that resemble it; `too_little_data` for a scheme
        that the data cannot carry.
    """
    if words.normalise(subject) in map(words.normalise, _STRATEGY):
        return _assemble_trace(portfolio, _STRATEGY, _trace_strategy(portfolio, position))
    axis = words.find("axes", subject)
    if axis is not None:
        return _assemble_trace(portfolio, words.text("axes", axis), _trace_axis(portfolio, position, axis))
    scheme = find_scheme(portfolio.definition, subject)
    if scheme is not None:
        return _assemble_trace(
            portfolio, scheme_text(portfolio.definition, scheme), _trace_segment(portfolio, position, scheme)
        )
    test = words.find("alerts", subject)
    if test is not None and any(each.code == test for each in portfolio.alerts):
        return _assemble_trace(portfolio, words.text("alerts", test), _trace_alert(portfolio, position, test))
    return trace_metric(portfolio, position, _find_traced_column(subject))


def trace_metric(portfolio: Portfolio, position: int, column: str) -> Trace:
    """Return where a column of the scored table comes from, for one customer."""
    name = name_of(column)
    head = made(portfolio, name, value_of(portfolio, position, column))
    return _assemble_trace(portfolio, name, [head, *metric_lines(portfolio, position, column)])


def _assemble_trace(portfolio: Portfolio, subject: Text, lines: Iterable[TraceLine]) -> Trace:
    return Trace(subject, tuple(lines), f"{portfolio.definition.version} ({portfolio.definition.hash[:8]})")


def _find_traced_column(subject: str) -> str:
    try:
        return column_of(find_metric(subject))
    except Refusal as refusal:
        raise Refusal(
            "argument",
            f"「{subject}」はたどれません(軸・戦略・分類・集中リスクの検査・指標の語を指定してください。{refusal.text.ja})",
            f'"{subject}" cannot be traced; give an axis, Strategy, a scheme, a risk test or a metric ({refusal.text.en})',
        ) from None


# ---- scores and levels -----------------------------------------------------------------------------------------------


def _trace_axis(portfolio: Portfolio, position: int, axis: str) -> Iterator[TraceLine]:
    name = words.text("axes", axis)
    if axis == "confidence":
        covered = float(portfolio.frame["confidence"].iloc[position])
        yield made(portfolio, name, Text(f"{number(covered, 'ja', 1)}点", number(covered, "en", 1)))
        yield from (replace(line, contribution=None) for line in _trace_score_parts(portfolio, position, "total"))
        return
    found = explain(portfolio, position, axis)
    level, score = words.text("levels", found.level), found.score
    points = NOT_AVAILABLE if score is None else Text(f"{number(score, 'ja', 2)}点", number(score, "en", 2))
    yield made(portfolio, name, Text(f"{points.ja}({level.ja})", f"{points.en} ({level.en})"))
    cuts = (
        ("levels.risk_high", "levels.risk_mid")
        if is_scorecard(portfolio.definition, axis)
        else ("levels.high", "levels.mid")
    )
    yield from entries(portfolio, (*cuts, "levels.min_coverage", "levels.typed"))
    yield from _trace_score_parts(portfolio, position, axis)


def _trace_score_parts(portfolio: Portfolio, position: int, axis: str) -> Iterator[TraceLine]:
    """Give the parts of a score, each with its contribution, and below each where it comes from."""
    found = explain(portfolio, position, axis)
    if axis == "total":
        yield from entries(portfolio, (f"purposes.{portfolio.purpose}", "levels.min_axes"))
    for place, line in enumerate(found.lines, start=1):
        points = Text(f"{line.contribution:+.2f}点", f"{line.contribution:+.2f} points")
        value = Text(f"{line.display.ja} → {points.ja}", f"{line.display.en} → {points.en}")
        yield TraceLine(line.factor, value, line.basis, contribution=line.contribution)
        if axis == "total":
            yield from (
                replace(each, contribution=None) for each in _trace_score_parts(portfolio, position, line.metric)
            )
        elif line.metric in _ADJUSTING:
            yield from entries(portfolio, _ADJUSTING[line.metric])
        elif line.metric == "typed":
            yield from input_lines(portfolio, Origin("customers", "all", (axis,)), position)
            yield from entries(portfolio, [f"levels.typed_{found.level}"])
        else:
            yield from metric_lines(portfolio, position, line.metric)
            yield from entries(portfolio, [f"axes.{axis}.{place}"])


def _trace_axes_read(portfolio: Portfolio, position: int, read: Iterable[str]) -> Iterator[TraceLine]:
    """Give the axes that a rule read, without contributions: they are points of the axis, not of the answer."""
    wanted = set(read)
    for axis in [code for code in words.codes("axes") if code in wanted and code in portfolio.axes]:
        yield from (replace(line, contribution=None) for line in _trace_axis(portfolio, position, axis))


# ---- strategy and segments -------------------------------------------------------------------------------------------


def _trace_strategy(portfolio: Portfolio, position: int) -> Iterator[TraceLine]:
    frame, at = portfolio.frame, int(portfolio.strategies[position])
    text = Text(str(frame["strategy_ja"].iloc[position]), str(frame["strategy_en"].iloc[position]))
    yield made(portfolio, _STRATEGY, text)
    yield from entries(portfolio, [f"strategy.{at + 1}"])
    yield from _trace_axes_read(portfolio, position, _list_columns_read_until(portfolio, "strategy", at))


def _list_columns_read_until(portfolio: Portfolio, table: str, at: int) -> set[str]:
    """Return the columns that a table's rules read up to the one that decided (from 0, included), or all of them."""
    rules = portfolio.definition.rules(table)
    return {column for rule in (rules if at == NO_MATCH else rules[: at + 1]) for column in rule.get("when", {})}


# For the schemes that are no painted grids: the metrics that they read, and the section of the definition.
_SCHEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "rfm": ("recency_days", "orders", "sales_total"),
    "cpm": ("orders", "sales_total", "span_days", "recency_days"),
    "abc": ("share",),
    "decile": ("share",),
    "lifecycle": (
        *("orders", "recency_days", "overdue_ratio", "return_days", "tenure_days"),
        *("growth_rate", "span_days"),
    ),
}


def _trace_segment(portfolio: Portfolio, position: int, scheme: str) -> Iterator[TraceLine]:
    definition, assignment = portfolio.definition, portfolio.require_scheme(scheme)
    label = segment_text(definition, scheme, str(assignment.segments[position]))
    yield made(portfolio, scheme_text(definition, scheme), label)
    if scheme == "standard":
        at = _find_matched_rule(portfolio, position, "standard")
        yield from entries(portfolio, [f"standard.{at + 1}"])
        yield from _trace_axes_read(portfolio, position, _list_columns_read_until(portfolio, "standard", at))
        return
    painted = f"schemes.{scheme.removesuffix('_cell')}"
    read = _SCHEMES.get(scheme) or tuple(_list_painted_axes(portfolio, painted))
    keys = keys_under(portfolio, scheme if scheme in _SCHEMES else painted)
    if scheme in ("cpm", "lifecycle"):
        decided = f"{scheme}.rules.{_find_matched_rule(portfolio, position, f'{scheme}.rules') + 1}"
        keys = [key for key in keys if key == decided or not key.startswith(f"{scheme}.rules.")]
    yield from entries(portfolio, keys)
    for name, cuts in assignment.cuts.items():
        used = ", ".join(f"{cut:g}" for cut in cuts)
        yield TraceLine(Text(f"使った区切り: {name}", f"Cuts used: {name}"), Text(used, used), CALCULATED)
    yield from _trace_axes_read(portfolio, position, read)
    for column in read:
        if column not in portfolio.axes:
            yield TraceLine(name_of(column), value_of(portfolio, position, column), CALCULATED)
            yield from metric_lines(portfolio, position, column)


def _list_painted_axes(portfolio: Portfolio, scheme: str) -> Iterator[str]:
    """Give the axes, or the columns of the metrics, that a painted scheme reads."""
    for side in "xy":
        word = str(portfolio.definition.value(f"{scheme}.{side}"))
        if word:
            yield words.find("axes", word) or column_of(find_metric(word))


def _find_matched_rule(portfolio: Portfolio, position: int, table: str) -> int:
    """Return the number, from 0, of the rule that decided for the customer; `NO_MATCH` where none did."""
    rules = portfolio.definition.rules(table)
    named = dict.fromkeys(column for rule in rules for column in rule.get("when", {}))
    facts = {column: np.array([_read_rule_fact(portfolio, position, column)]) for column in named}
    return int(compile_rules(table, rules, portfolio.definition, tuple(facts)).first_match(facts, 1)[0])


def _read_rule_fact(portfolio: Portfolio, position: int, column: str) -> Any:
    """Return what a rule reads: a level's code, or a number (NaN where unknown)."""
    if column in portfolio.axes:
        return str(portfolio.axes[column].levels[position])
    if column == "amount_ratio":
        threshold = portfolio.assignments["cpm"].cuts["cpm.amount"][0]
        return _read_rule_fact(portfolio, position, "amount") / threshold if threshold > 0 else np.inf
    named = {"purchases": "orders", "amount": "sales_total"}.get(column, column)
    held = portfolio.frame[named].iloc[position]
    missing = 0.0 if column in ("purchases", "amount") else np.nan
    return missing if pd.isna(held) else float(held)


# ---- tests -----------------------------------------------------------------------------------------------------------

_ALERT_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "single": ("general.fixed_cost",),
    "few": ("alerts.few_share", "alerts.few_customers", "alerts.few_portion"),
    "bias": ("alerts.newcomers", "state.new_days"),
    "at_risk": ("alerts.loss_probability",),
}


def _trace_alert(portfolio: Portfolio, position: int, code: str) -> Iterator[TraceLine]:
    """Give the test, its thresholds, the customers responsible with their rows, and the rows of the whole."""
    alert = next(each for each in portfolio.alerts if each.code == code)
    verdict = words.text("verdicts", alert.verdict)
    yield made(portfolio, alert.item, Text(f"{alert.display.ja}({verdict.ja})", f"{alert.display.en} ({verdict.en})"))
    yield from entries(portfolio, (f"alerts.{code}", *_ALERT_KEYS.get(code, ())))
    column = "gross_profit_12m" if code == "bias" else "sales_12m"
    told: set[int] = set()
    for named in dict.fromkeys((*alert.culprits, position)):
        group = np.flatnonzero(portfolio.group_of == portfolio.group_of[named]).tolist()
        for member in [named] if code in ("diversity", "at_risk") else group:
            if member not in told:
                yield from _trace_responsible_customer(
                    portfolio, member, column, _word_role_in_alert(named in alert.culprits, member == position)
                )
                yield from _trace_risk_level(portfolio, member) if code == "at_risk" else ()
            told.add(member)
    for origin in lineage_of(column).origins:
        yield from input_lines(portfolio, replace(typed_instead(portfolio, origin), whole=True), position)
    if code == "diversity":
        mixed = ("industry", "region", "size")
        yield from input_lines(portfolio, Origin("customers", "all", mixed, whole=True), position)


def _trace_risk_level(portfolio: Portfolio, member: int) -> Iterator[TraceLine]:
    """Give the level that decides how probable the loss is; it can be traced further as an axis."""
    level = words.text("levels", str(portfolio.frame["level_risk"].iloc[member]))
    yield TraceLine(words.text("axes", "risk"), level, CALCULATED)


def _word_role_in_alert(blamed: bool, asked: bool) -> Text:
    if blamed:
        return Text("要因", "Cause")
    return Text("この顧客", "This customer") if asked else Text("同じグループ", "Same group")


def _trace_responsible_customer(portfolio: Portfolio, member: int, column: str, role: Text) -> Iterator[TraceLine]:
    name = str(portfolio.frame["name"].iloc[member])
    value, metric = value_of(portfolio, member, column), name_of(column)
    told = Text(f"{metric.ja} {value.ja}", f"{metric.en} {value.en}")
    yield TraceLine(Text(f"{role.ja}: {name}", f"{role.en}: {name}"), told, CALCULATED)
    yield from metric_lines(portfolio, member, column)
