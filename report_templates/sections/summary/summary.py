"""R1 要約: the conclusion, at most five numbers, the alerts, and what is asked of the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.language import words
from engine.language.errors import Text
from engine.scoring.concentration import measure
from report_templates.document import links
from report_templates.document.document import Decision, Section, Tile
from report_templates.document.insights import tidy
from report_templates.sections.summary.decisions import asked, outcomes, risky
from report_templates.sections.summary.outlook import Fact, facts
from report_templates.sections.summary.page_fit import room
from report_templates.sections.summary.story import conclude, tell_findings
from report_templates.texts.formatting import MISSING, change, count, percent, points, signed
from report_templates.texts.settings import limit
from report_templates.texts.texts import BLANK, Count, say

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from engine.scoring.alerts import Alert
    from report_templates.document.document import Table
    from report_templates.document.links import Pages
    from report_templates.document.report_data import Reading


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert on the first page."""

    verdict: str
    text: Text
    detail: Text
    link: Pages


@dataclass(frozen=True, kw_only=True)
class Summary(Section):
    """The first page; it lists the other ones where that fits."""

    tiles: tuple[Tile, ...]
    alerts_title: Text
    alerts: tuple[AlertLine, ...]
    alerts_note: Text | None
    facts: tuple[Fact, ...]
    findings: tuple[Text, ...]
    decisions: tuple[Decision, ...]
    decisions_note: Text | None
    outcomes: Table | None
    gaps: Text | None

    def contents(self, lang: Lang) -> bool:
        """Return whether the list of pages fits on it."""
        return room(self, lang)


def build(reading: Reading) -> Summary:
    """Return the first page."""
    portfolio = reading.portfolio
    decisions, carried, more = asked(reading)
    return Summary(
        key="summary",
        number="R1",
        name=say("summary.name"),
        message=conclude(reading),
        subtitle=say(
            "summary.subtitle",
            purpose=words.text("purposes", portfolio.purpose),
            period=reading.period,
            unit=reading.money.label,
        ),
        tiles=(
            _sales(reading),
            _buyers(reading),
            _build_profit_tile(reading),
            _build_top_tile(reading),
            _at_risk(reading),
        ),
        alerts_title=say("summary.alerts", n=Count(len(reading.alerts)), total=len(portfolio.alerts)),
        alerts=tuple(_build_alert_line(alert) for alert in reading.alerts[: limit("alerts")]),
        alerts_note=_alerts_note(reading),
        facts=facts(reading),
        findings=tell_findings(reading),
        decisions=decisions,
        decisions_note=say("summary.decisions_more", n=Count(more)) if more else None,
        outcomes=outcomes(reading, carried),
        gaps=_gaps(reading),
        notes=_notes(reading),
    )


def _notes(reading: Reading) -> tuple[Text, ...]:
    """Return what the reader must know before trusting the numbers: stale data, and a small base."""
    portfolio, found = reading.portfolio, []
    if portfolio.stale and portfolio.age_days is not None:
        edge = int(portfolio.definition.number("freshness.orders_days"))
        found.append(say("summary.stale", days=Count(portfolio.age_days), limit=edge))
    if reading.n < limit("small_base"):
        found.append(say("missing.small", n=Count(reading.n)))
    return tuple(found)


def _build_alert_line(alert: Alert) -> AlertLine:
    display, threshold = alert.display, alert.threshold
    text = say("summary.alert_line", item=alert.item, display=display)
    detail = say("summary.alert_detail", threshold=threshold, cause=tidy(alert.cause, 60))
    return AlertLine(alert.verdict, text, detail, links.alert())


def _alerts_note(reading: Reading) -> Text | None:
    if not reading.alerts:
        return say("summary.alerts_none_untold", n=reading.untold) if reading.untold else say("summary.alerts_none")
    rest = len(reading.alerts) - limit("alerts")
    return say("summary.alerts_more", n=Count(rest)) if rest > 0 else None


def _build_missing_tile(key: str, label: str, why: str) -> Tile:
    return Tile(key, say(label), MISSING, BLANK, say(why), None, "missing", links.tile(key))


def _sales(reading: Reading) -> Tile:
    if reading.total is None:
        return _build_missing_tile("sales", "tile.sales", "missing.sales")
    if reading.growth is not None:
        amount = reading.money.plain(reading.previous, reading.places)
        detail = say("tile.sales_detail", rate=change(reading.growth), amount=amount)
    else:
        nothing = "missing.base" if reading.covered else "missing.previous"
        detail = say("missing.orders" if reading.portfolio.orders is None else nothing)
        detail = say("tile.no_growth", why=detail)
    return Tile(
        "sales",
        say("tile.sales"),
        reading.money.plain(reading.total, reading.places),
        reading.money.label,
        detail,
        reading.total,
        link=links.tile("sales"),
    )


def _build_profit_tile(reading: Reading) -> Tile:
    """Return gross profit with its margin and their change; the concentration of sales where costs are not known of everybody."""
    frame = reading.frame
    bought = frame["sales_12m"].notna()
    if not reading.total or not frame["gross_profit_12m"].notna()[bought].all():
        return _hhi(reading)
    profit, margin = float(frame["gross_profit_12m"].sum()), float(frame["gross_profit_12m"].sum()) / reading.total
    detail = say("tile.profit_detail", rate=percent(margin))
    earlier = frame["gross_profit_prev_12m"][frame["sales_prev_12m"].notna()]
    if reading.growth is not None and reading.previous and earlier.notna().all() and float(earlier.sum()) > 0:
        before = float(earlier.sum())
        moved = points(margin - before / reading.previous)
        detail = say("tile.profit_grown", growth=change(profit / before - 1), rate=percent(margin), points=moved)
    number = reading.money.plain(profit, reading.places)
    return Tile("profit", say("tile.profit"), number, reading.money.label, detail, profit, link=links.tile("profit"))


def _buyers(reading: Reading) -> Tile:
    frame = reading.frame
    buyers = int((frame["sales_12m"].fillna(0) > 0).sum())
    if reading.covered:
        before = int((frame["sales_prev_12m"].fillna(0) > 0).sum())
        detail = say("tile.buyers_detail", total=Count(reading.n), change=signed(buyers - before))
    else:
        detail = say("tile.buyers_detail_plain", total=Count(reading.n))
    unit = say("unit.customers_one" if buyers == 1 else "unit.customers")
    return Tile("buyers", say("tile.buyers"), count(buyers), unit, detail, buyers, link=links.tile("buyers"))


def _build_top_tile(reading: Reading) -> Tile:
    if not reading.groups:
        return _build_missing_tile("top", "tile.top", "missing.sales")
    top = reading.groups[0]
    tone = next((alert.verdict for alert in reading.alerts if alert.code == "dependence"), "")
    return Tile("top", say("tile.top"), percent(top.share), BLANK, top.name, top.share, tone, links.tile("top"))


def _hhi(reading: Reading) -> Tile:
    if not reading.groups:
        return _build_missing_tile("hhi", "tile.hhi", "missing.sales")
    hhi, number = measure(reading.portfolio, "hhi"), measure(reading.portfolio, "effective_number")
    tone = next((alert.verdict for alert in reading.alerts if alert.code == "concentration"), "")
    detail = say("tile.hhi_detail", number=count(number, 1 if number < 100 else 0))
    return Tile("hhi", say("tile.hhi"), count(hhi), say("tile.hhi_unit"), detail, hhi, tone, links.tile("hhi"))


def _at_risk(reading: Reading) -> Tile:
    if not (reading.frame["level_risk"] != "unknown").any():
        return _build_missing_tile("risk", "tile.risk", "tile.risk_none")
    high = risky(reading)
    amount = reading.sum_of(high)
    detail = say("tile.risk_detail", n=Count(len(high)), share=percent(reading.share_of(high)))
    tone = next((alert.verdict for alert in reading.alerts if alert.code == "at_risk"), "")
    return Tile(
        "risk",
        say("tile.risk"),
        reading.money.plain(amount, reading.places),
        reading.money.label,
        detail,
        amount,
        tone,
        links.tile("risk"),
    )


def _gaps(reading: Reading) -> Text | None:
    """Return what the data cannot carry, with the input that is missing; None where nothing is."""
    portfolio, missing = reading.portfolio, []
    if portfolio.orders is None:
        missing.append(say("missing.item_orders"))
    elif not reading.covered:
        missing.append(say("missing.item_previous"))
    if not reading.frame["gross_profit_12m"].notna().any():
        missing.append(say("missing.item_profit"))
    if not missing:
        return None
    items = Text("、".join(each.ja for each in missing), "; ".join(each.en for each in missing))
    return say("missing.needs", items=items)
