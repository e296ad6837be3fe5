"""R4 集中リスク: the tests with what would clear them, then where the sales are concentrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.scoring.alerts import VERDICTS
from engine.scoring.concentration import customers_to, group_sales, largest_remainder, measure
from report_templates.document.document import BarRow, Bars, Cell, Column, Curve, Limit, Section, Table
from report_templates.document.insights import of_concentration, of_top, tidy
from report_templates.sections.record import track_record
from report_templates.texts.formatting import count, percent, share_number
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, opened, say

if TYPE_CHECKING:
    from engine.language.errors import Text
    from engine.scoring.alerts import Alert
    from report_templates.document.report_data import Reading

_TO_REACH: Final = "customers_to_reach"
_KINDS: Final = (  # parts of the risk score by what they tell of; a definition's other parts stand with the last
    ("churn", frozenset({"overdue_ratio", "recency_days", "decline_rate", "contract_days_left"})),
    ("credit", frozenset({"overdue_days", "credit_use"})),
    ("complaints", frozenset({"complaints"})),
    ("dependence", frozenset({"share"})),
)


@dataclass(frozen=True, kw_only=True)
class Tests(Section):
    """The page with the tests."""

    table: Table


@dataclass(frozen=True, kw_only=True)
class Concentration(Section):
    """The page that shows where the sales are concentrated."""

    bars: Bars
    curve: Curve
    indices: Table


def build_tests(reading: Reading) -> Tests:
    """Return the page with the tests, the gravest verdict first."""
    alerts = sorted(reading.portfolio.alerts, key=lambda alert: VERDICTS.index(alert.verdict))
    heads = ("test", "verdict", "value", "threshold", "culprits", "clear")
    spans = (20, 8, 12, 10, 23, 27)
    table = Table(
        key="tests",
        caption=say("concentration.table"),
        columns=tuple(
            Column(say(f"concentration.col_{head}"), "start", span) for head, span in zip(heads, spans, strict=True)
        ),
        rows=tuple(_test(reading, alert) for alert in alerts),
        note=say("concentration.note"),
    )
    return Tests(
        key="tests",
        number="R4",
        name=say("concentration.name"),
        message=of_concentration(reading),
        subtitle=say("concentration.subtitle", total=len(alerts), period=reading.period),
        table=table,
    )


def _test(reading: Reading, alert: Alert) -> tuple[Cell, ...]:
    told = not alert.culprits or alert.names_culprits
    culprits = None if told else reading.names(alert.culprits, limit("culprits"))
    if alert.code == "at_risk":
        culprits = _risk_parts(reading) or culprits
    clear = opened(tidy(alert.clear, 80)) if alert.fires else say("quality.none")
    return (
        Cell(alert.item, alert.code, detail=opened(alert.measure)),
        Cell(words.text("verdicts", alert.verdict), alert.verdict, alert.verdict),
        Cell(alert.display, alert.value, "missing" if alert.value is None else ""),
        Cell(opened(alert.threshold)),
        Cell(opened(tidy(alert.cause, 60)), detail=culprits),
        Cell(clear, tone="" if alert.fires else "missing"),
    )


def _risk_parts(reading: Reading) -> Text | None:
    """Return on how many customers each kind of risk weighs, so that each is visible; None where levels are typed."""
    axis = reading.portfolio.axes["risk"]
    weighs = axis.contributions > 0
    if axis.typed.all() or not weighs[~axis.typed].any():
        return None
    counts = {
        kind: Count(int(weighs[:, [name in names for name in axis.metrics]].any(axis=1).sum()))
        for kind, names in _KINDS
    }
    return say("concentration.risk_parts", **counts)


def build_top(reading: Reading) -> Concentration | None:
    """Return the page that shows where the sales are concentrated; None without sales."""
    if not reading.groups:
        return None
    sales = np.array([group.sales for group in reading.groups])
    enough = customers_to(sales, _reach(reading))
    return Concentration(
        key="concentration",
        number="R4",
        name=say("concentration.top_name"),
        message=of_top(reading, enough, percent(_reach(reading), 0)),
        subtitle=say("concentration.top_subtitle", period=reading.period),
        bars=_build_concentration_bars(reading),
        curve=_curve(reading, enough),
        indices=_build_indices_table(reading),
        notes=() if (told := track_record.sentence(reading)) is None else (told,),
    )


def _build_concentration_bars(reading: Reading) -> Bars:
    shown = reading.groups[: limit("groups")]
    rest = reading.groups[len(shown) :]
    limits = reading.portfolio.definition.value("alerts.dependence")
    tones = {share: verdict for verdict, share in limits.items()}
    rows: list[tuple[Text, float, str]] = []
    for group in shown:
        passed = [edge for edge in tones if group.share >= edge]
        tone = tones[max(passed)] if passed else "plain"
        name = reading.brief(group.position, limit("chart_name") + 2)
        rows.append((name, group.share, tone))
    # Where every group is drawn, the numbers add up to 100.0; beside a rest each is rounded for itself.
    per_cents = [share * 100 for _, share, _ in rows] if rest else largest_remainder([share for _, share, _ in rows])
    bars = tuple(
        BarRow(name, share, share_number(float(per_cent)), tone)
        for (name, share, tone), per_cent in zip(rows, per_cents, strict=True)
    )
    # The rest is told, not drawn: where customers are many, its bar would dwarf the thresholds.
    left = percent(sum(group.share for group in rest))
    note = say("concentration.rest", n=Count(len(rest)), share=left) if rest else None
    top = max(*(bar.value for bar in bars), max(tones)) * 1.25
    marks = tuple(
        Limit(
            edge, say("concentration.limit", verdict=words.text("verdicts", verdict), value=percent(edge, 0)), verdict
        )
        for edge, verdict in tones.items()
    )
    first = shown[0]
    alt = say("concentration.bars_alt", name=say("word.quoted", name=first.name), share=percent(first.share))
    size = (430, 26 * len(rows) + 8, 132)
    return Bars("top-groups", say("concentration.bars"), alt, bars, top, marks, size, note)


def _curve(reading: Reading, enough: int) -> Curve:
    shares = np.cumsum([group.share for group in reading.groups])
    n = len(shares)
    steps = np.unique(np.concatenate([[enough], np.linspace(1, n, min(n, limit("curve"))).round()]).astype(int))
    points = ((0, 0.0), *((int(step), float(min(shares[step - 1], 1.0))) for step in steps))
    reach, reached = _reach(reading), float(shares[enough - 1])
    name = say("concentration.curve_reach", n=Count(enough), share=percent(reached))
    return Curve(
        key="cumulative",
        title=say("concentration.curve"),
        alt=say("concentration.curve_alt", n=Count(enough), share=percent(reached)),
        x_title=say("concentration.curve_x"),
        points=points,
        limits=(Limit(reach, percent(reach, 0), "warning"),),
        named=((enough, reached, name),),
        size=(318, 250),
    )


def _build_indices_table(reading: Reading) -> Table:
    """Return the measures: one row for customers, one for industry and region where they are filled in."""
    dimensions = ["customer", *(name for name in ("industry", "region") if reading.frame[name].notna().any())]
    names = ("hhi", "effective_number", "cr1", "cr3", "cr5", "entropy", "gini", _TO_REACH)
    rows = tuple(
        (Cell(words.text("dimensions", by), by), *(_index(reading, name, by) for name in names)) for by in dimensions
    )
    spans = (9, 13, 10, 10, 10, 14, 8, 15)
    heads = (
        Column(say("concentration.col_by"), "start", 11),
        *(
            Column(_name_concentration_index(reading, name), "end", span)
            for name, span in zip(names, spans, strict=True)
        ),
    )
    return Table("indices", say("concentration.indices"), heads, rows, note=say("concentration.indices_note"))


def _reach(reading: Reading) -> float:
    """Return the share of the sales that a few customers reach: the same entry as the test 少数顧客依存."""
    return reading.portfolio.definition.number("alerts.few_share")


def _name_concentration_index(reading: Reading, index: str) -> Text:
    """Return what a measure is called on the page: in words where the engine's own name is an abbreviation."""
    if index.startswith("cr"):
        return say("concentration.col_top", k=index.removeprefix("cr"))
    if index == _TO_REACH:
        return say("concentration.col_reach", reach=percent(_reach(reading), 0))
    return words.text("indices", index)


def _index(reading: Reading, name: str, by: str) -> Cell:
    if name == _TO_REACH:
        sales = group_sales(reading.portfolio, by).to_numpy(np.float64)
        value = float(customers_to(sales, _reach(reading))) or np.nan
    else:
        value = measure(reading.portfolio, name, by)
    return Cell(_format_concentration_value(name, value), None if np.isnan(value) else value)


def _format_concentration_value(name: str, value: float) -> Text:
    if name.startswith("cr"):
        return percent(value)
    if name in ("hhi", _TO_REACH):
        return count(value)
    return count(value, 2)
