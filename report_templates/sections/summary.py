"""R1 要約: the conclusion, at most five numbers, the alerts, and what is asked of the reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from engine import words
from engine.concentration import measure
from engine.errors import Text
from report_templates.insights import conclusion, tidy
from report_templates.nouns import Section, Tile
from report_templates.settings import due_days, limit
from report_templates.texts import BLANK, Count, say
from report_templates.wording import MISSING, change, count, day, percent, signed

if TYPE_CHECKING:
    from engine.alerts import Alert
    from report_templates.reading import Reading

__all__ = ["AlertLine", "Decision", "Summary", "build"]


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert on the first page."""

    verdict: str
    text: Text
    detail: Text


@dataclass(frozen=True, slots=True)
class Decision:
    """Something the reader is asked to decide, with its reason, owner and proposed date."""

    ask: Text
    reason: Text
    who: Text


@dataclass(frozen=True, kw_only=True)
class Summary(Section):
    """The first page."""

    tiles: tuple[Tile, ...]
    alerts_title: Text
    alerts: tuple[AlertLine, ...]
    alerts_note: Text | None
    decisions: tuple[Decision, ...]
    gaps: Text | None


def build(reading: Reading) -> Summary:
    """Return the first page."""
    portfolio = reading.portfolio
    return Summary(
        key="summary",
        number="R1",
        name=say("summary.name"),
        message=conclusion(reading),
        subtitle=say(
            "summary.subtitle",
            purpose=words.text("purposes", portfolio.purpose),
            period=reading.period,
            unit=reading.money.label,
        ),
        tiles=(_sales(reading), _buyers(reading), _top(reading), _hhi(reading), _at_risk(reading)),
        alerts_title=say("summary.alerts", n=Count(len(reading.alerts)), total=len(portfolio.alerts)),
        alerts=tuple(_line(alert) for alert in reading.alerts[: limit("alerts")]),
        alerts_note=_alerts_note(reading),
        decisions=_decisions(reading)[: limit("decisions")],
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


def _line(alert: Alert) -> AlertLine:
    display, threshold = tidy(alert.display, 24), tidy(alert.threshold, 24)
    text = say("summary.alert_line", item=alert.item, display=display)
    return AlertLine(alert.verdict, text, say("summary.alert_detail", threshold=threshold, cause=tidy(alert.cause, 60)))


def _alerts_note(reading: Reading) -> Text | None:
    if not reading.alerts:
        return say("summary.alerts_none", n=reading.untold)
    rest = len(reading.alerts) - limit("alerts")
    return say("summary.alerts_more", n=Count(rest)) if rest > 0 else None


def _missing(key: str, label: str, why: str) -> Tile:
    return Tile(key, say(label), MISSING, BLANK, say(why), None, "missing")


def _sales(reading: Reading) -> Tile:
    if reading.total is None:
        return _missing("sales", "tile.sales", "missing.sales")
    if reading.growth is not None:
        amount = reading.money.plain(reading.previous, reading.places)
        detail = say("tile.sales_detail", rate=change(reading.growth), amount=amount)
    else:
        detail = say("missing.orders" if reading.portfolio.orders is None else "missing.previous")
        detail = say("tile.no_growth", why=detail)
    return Tile(
        "sales",
        say("tile.sales"),
        reading.money.plain(reading.total, reading.places),
        reading.money.label,
        detail,
        reading.total,
    )


def _buyers(reading: Reading) -> Tile:
    frame = reading.frame
    buyers = int((frame["sales_12m"].fillna(0) > 0).sum())
    if reading.covered:
        before = int((frame["sales_prev_12m"].fillna(0) > 0).sum())
        detail = say("tile.buyers_detail", total=Count(reading.n), change=signed(buyers - before))
    else:
        detail = say("tile.buyers_detail_plain", total=Count(reading.n))
    unit = say("unit.customers_one" if buyers == 1 else "unit.customers")
    return Tile("buyers", say("tile.buyers"), count(buyers), unit, detail, buyers)


def _top(reading: Reading) -> Tile:
    if not reading.groups:
        return _missing("top", "tile.top", "missing.sales")
    top = reading.groups[0]
    tone = next((alert.verdict for alert in reading.alerts if alert.code == "dependence"), "")
    return Tile("top", say("tile.top"), percent(top.share), BLANK, top.name, top.share, tone)


def _hhi(reading: Reading) -> Tile:
    if not reading.groups:
        return _missing("hhi", "tile.hhi", "missing.sales")
    hhi, number = measure(reading.portfolio, "hhi"), measure(reading.portfolio, "effective_number")
    tone = next((alert.verdict for alert in reading.alerts if alert.code == "concentration"), "")
    detail = say("tile.hhi_detail", number=count(number, 1 if number < 100 else 0))
    return Tile("hhi", say("tile.hhi"), count(hhi), say("tile.hhi_unit"), detail, hhi, tone)


def _at_risk(reading: Reading) -> Tile:
    if not (reading.frame["level_risk"] != "unknown").any():
        return _missing("risk", "tile.risk", "tile.risk_none")
    high = _risky(reading)
    amount = reading.sum_of(high)
    detail = say("tile.risk_detail", n=Count(len(high)), share=percent(reading.share_of(high)))
    tone = next((alert.verdict for alert in reading.alerts if alert.code == "at_risk"), "")
    return Tile(
        "risk", say("tile.risk"), reading.money.plain(amount, reading.places), reading.money.label, detail, amount, tone
    )


def _risky(reading: Reading) -> list[int]:
    return [position for position in reading.level("risk", "high") if reading.sales.iloc[position] > 0]


def _decisions(reading: Reading) -> tuple[Decision, ...]:
    """Return what dependence, customers at risk, new customers, growth and unusable rows ask for, in this order."""
    about = (_about_dependence, _about_risk, _about_newcomers, _about_growth, _about_rows)
    return tuple(decision for find in about for decision in find(reading))


def _decision(reading: Reading, ask: Text, reason: Text, verdict: str, owner: Text | None) -> Decision:
    due = reading.portfolio.as_of + timedelta(days=due_days(verdict))
    return Decision(ask, reason, say("summary.who", owner=owner or say("word.blank"), due=day(due)))


def _about_dependence(reading: Reading) -> list[Decision]:
    for code, key in (("single", "dependence"), ("dependence", "dependence"), ("concentration", "concentration")):
        alert = next((each for each in reading.alerts if each.code == code), None)
        if alert is None or not alert.culprits:
            continue
        top = alert.culprits[0]
        ask = say(f"decision.{key}", name=reading.quoted(top))
        reason = say(
            "decision.reason_alert", item=alert.item, display=tidy(alert.display, 24), clear=tidy(alert.clear, 70)
        )
        return [_decision(reading, ask, reason, alert.verdict, reading.owner(top))]
    return []


def _about_risk(reading: Reading) -> list[Decision]:
    high = _risky(reading)
    share_of_sales = reading.share_of(high) or 0.0
    if not high or share_of_sales * 100 < limit("decision_percent"):
        return []
    ask = say("decision.at_risk", n=Count(len(high)), names=reading.names(high, limit("culprits")))
    if len(high) == 1:
        ask = say("decision.at_risk_one", name=reading.quoted(high[0]))
    amount, share = reading.money.spoken(reading.sum_of(high)), percent(share_of_sales)
    verdict = next((alert.verdict for alert in reading.alerts if alert.code == "at_risk"), "routine")
    reason = say("decision.reason_risk", amount=amount, share=share)
    return [_decision(reading, ask, reason, verdict, reading.owner(high[0]))]


def _about_newcomers(reading: Reading) -> list[Decision]:
    alert = next((each for each in reading.alerts if each.code == "bias"), None)
    if alert is None:
        return []
    reason = say("decision.reason_alert", item=alert.item, display=tidy(alert.display, 24), clear=tidy(alert.clear, 70))
    return [_decision(reading, say("decision.newcomers"), reason, alert.verdict, None)]


def _about_growth(reading: Reading) -> list[Decision]:
    growing = _growing(reading)
    if not growing:
        return []
    ask = say("decision.growth", n=Count(len(growing)), names=reading.names(growing, limit("culprits")))
    amount, share = reading.money.spoken(reading.sum_of(growing)), percent(reading.share_of(growing))
    reason = say("decision.reason_growth", amount=amount, share=share)
    return [_decision(reading, ask, reason, "routine", reading.owner(growing[0]))]


def _growing(reading: Reading) -> list[int]:
    safe = (reading.frame["level_risk"] != "high") & (reading.frame["level_growth"] == "high")
    return [position for position in reading.by_sales(safe.to_numpy(dtype=bool)) if reading.sales.iloc[position] > 0]


def _about_rows(reading: Reading) -> list[Decision]:
    unusable = sum(source.rows_read - source.rows_used for source in reading.portfolio.sources)
    if not unusable:
        return []
    ask = say("decision.quality", n=Count(unusable))
    return [_decision(reading, ask, say("decision.reason_quality"), "routine", None)]


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
