"""R12 データ品質・鮮度・実行証跡: what was read, what was left out and why, and whether it all reconciles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from engine.cleaning.causes import causes, worst_first
from engine.cleaning.source import newest_of
from engine.language import words
from engine.lists.summary import summarise
from engine.reading.columns import table_text
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.insights import tidy
from report_templates.sections.record.record import personal, record
from report_templates.sections.structure.dimensions import dimensions
from report_templates.texts.formatting import count, day
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, lowered, plain, say
from report_templates.texts.typeface import printable, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.cleaning.causes import Cause
    from engine.cleaning.source import Source
    from engine.language.errors import Finding, Text
    from report_templates.document.report_data import Reading

_DIVISIONS: Final = (("industry", ""), ("region", ""), ("abc", "abc"))  # columns, and schemes of that name


@dataclass(frozen=True, slots=True)
class Check:
    """One reconciliation: two numbers that were reached on different ways and must be equal."""

    item: Text
    left: int
    right: int
    money: bool

    @property
    def holds(self) -> bool:
        """Whether the two numbers are equal."""
        return self.left == self.right


@dataclass(frozen=True, kw_only=True)
class Quality(Section):
    """The page on the data."""

    sources: Table
    checks: Table
    dimensions: Table
    findings: Table | None


def build(reading: Reading) -> Quality:
    """Return the page on the data."""
    portfolio, found = reading.portfolio, checks(reading)
    notes = [say("quality.geta", n=Count(reading.unprintable))] if reading.unprintable else []
    if not portfolio.findings:
        notes.append(say("quality.findings_none"))
    kept = int(portfolio.definition.number("store.retention_days"))
    told = [say("dimensions.retention", days=Count(kept))] if kept else []
    columns = personal(portfolio)
    told += [columns] if columns is not None else []
    notes += [joined(tuple(told), "", " ")] if told else []
    return Quality(
        key="quality",
        number="R12",
        name=say("quality.name"),
        message=_build_quality_message(reading, found),
        subtitle=say("quality.subtitle", run=portfolio.handle, tier=words.text("tiers", portfolio.tier)),
        sources=_sources(reading),
        checks=_checks(reading, found),
        dimensions=replace(
            dimensions(reading, sum(check.holds for check in found), len(found)), note=record(portfolio)
        ),
        findings=_findings(portfolio.findings) if portfolio.findings else None,
        notes=tuple(notes),
    )


def _build_quality_message(reading: Reading, found: tuple[Check, ...]) -> Text:
    portfolio = reading.portfolio
    broken = sum(not check.holds for check in found)
    read = sum(source.rows_read for source in portfolio.sources)
    listed = read - sum(source.rows_used for source in portfolio.sources)
    if broken:
        return say("quality.message_broken", n=Count(broken))
    key = "quality.message_listed" if listed else "quality.message_clean"
    text = say(key, read=Count(read), listed=Count(listed))
    if not portfolio.stale or portfolio.age_days is None:
        return text
    edge = int(portfolio.definition.number("freshness.orders_days"))
    return joined((text, say("quality.message_stale", days=Count(portfolio.age_days), limit=edge)), "", "")


def _sources(reading: Reading) -> Table:
    groups: dict[str, list[Source]] = {}
    for source in reading.portfolio.sources:
        groups.setdefault(source.table, []).append(source)
    most = limit("sources")
    rows: tuple[tuple[Cell, ...], ...] = ()
    for sources in groups.values():
        shown = sources if len(sources) <= most else sources[: most - 1]
        rows += tuple(_build_source_row(source) for source in shown)
        rows += (_further(sources[most - 1 :]),) if len(sources) > most else ()
    heads = (
        ("table", "start", 11),
        ("source", "start", 30),
        ("read", "end", 8),
        ("used", "end", 8),
        ("listed", "end", 8),
        ("newest", "start", 10),
        ("hash", "start", 25),
    )
    columns = tuple(Column(say(f"quality.col_{head}"), align, span) for head, align, span in heads)  # type: ignore[arg-type]
    return Table("sources", say("quality.sources"), columns, rows)


def _build_source_row(source: Source) -> tuple[Cell, ...]:
    listed = source.rows_read - source.rows_used
    return (
        Cell(table_text(source.table), source.table),
        Cell(plain(shortened(printable(source.source), 44)), source.source, "name"),
        Cell(count(source.rows_read), source.rows_read),
        Cell(count(source.rows_used), source.rows_used),
        Cell(count(listed), listed),
        Cell(day(source.newest) if source.newest else say("quality.none"), source.newest),
        Cell(plain(source.sha256[:12]) if source.sha256 else say("quality.none"), source.sha256),
    )


def _further(sources: Sequence[Source]) -> tuple[Cell, ...]:
    """Return the line of the sheets or files that have none of their own, summed up; the run's JSON and CSV name each."""
    read, used = sum(each.rows_read for each in sources), sum(each.rows_used for each in sources)
    newest = newest_of(sources).get(sources[0].table)
    return (
        Cell(table_text(sources[0].table), sources[0].table),
        Cell(say("quality.further", n=Count(len(sources)))),
        Cell(count(read), read),
        Cell(count(used), used),
        Cell(count(read - used), read - used),
        Cell(day(newest) if newest else say("quality.none"), newest),
        Cell(say("quality.none")),
    )


def checks(reading: Reading) -> tuple[Check, ...]:
    """Return what must agree: rows in and out, and every division of the whole that the report prints."""
    portfolio, found = reading.portfolio, []
    rows = portfolio.reconciliation
    read = int(rows["read"].sum())
    item = say("quality.check_rows", n=Count(len(rows)))
    found.append(Check(item, read, read - int(rows["open"].abs().sum()), money=False))
    members = sum(Counter(reading.frame["segment_standard"]).values())
    found.append(Check(say("quality.check_customers"), reading.n, members, money=False))
    if reading.total is None:
        return tuple(found)
    segments = reading.frame.groupby("segment_standard")["sales_12m"].sum().sum()
    sales = say("quality.sales_typed" if portfolio.orders is None else "quality.sales")
    found.append(Check(say("quality.check_segments", sales=sales), int(reading.total), int(segments), money=True))
    for name, scheme in _DIVISIONS:
        by, divided = "segment" if scheme else name, scheme or "standard"
        if not scheme and not reading.frame[name].notna().any():
            continue  # a column that nobody filled in divides nothing
        if scheme and portfolio.assignments[scheme].refused is not None:
            continue  # nor does a scheme without the data for it, such as ABC without a sale in the year
        sums = summarise(portfolio, by=by, measures=("sales",), scheme=divided)["sales"].sum()
        label = portfolio.scheme_text(scheme) if scheme else words.text("dimensions", name)
        item = say("quality.check_by", sales=sales, by=lowered(label))
        found.append(Check(item, int(reading.total), int(sums), money=True))
    strategies = int(reading.sales.groupby(reading.frame["strategy_ja"]).sum().sum())
    found.append(Check(say("quality.check_strategies", sales=sales), int(reading.total), strategies, money=True))
    if portfolio.orders is not None:
        total = int(reading.frame["sales_total"].fillna(0).sum())
        found.append(Check(say("quality.check_orders"), int(portfolio.orders["amount"].sum()), total, money=True))
    return tuple(found)


def _checks(reading: Reading, found: tuple[Check, ...]) -> Table:
    rows = tuple(
        (
            Cell(check.item),
            _build_check_figure_cell(reading, check, check.left),
            _build_check_figure_cell(reading, check, check.right),
            Cell(
                say("quality.ok" if check.holds else "quality.broken"),
                str(check.holds),
                "" if check.holds else "severe-text",
            ),
        )
        for check in found
    )
    heads = (("item", "start", 48), ("left", "end", 20), ("right", "end", 20), ("verdict", "start", 12))
    columns = tuple(Column(say(f"quality.col_{head}"), align, span) for head, align, span in heads)  # type: ignore[arg-type]
    return Table("reconciliation", say("quality.reconciliation"), columns, rows)


def _build_check_figure_cell(reading: Reading, check: Check, value: int) -> Cell:
    if not check.money:
        return Cell(count(value), value)
    return Cell(count(value / 10**reading.money.digits, reading.money.decimals), value)


def _findings(findings: tuple[Finding, ...]) -> Table:
    """Return the findings by kind, the unusable rows first: how many, in which rows, and one of them in words."""
    kinds = causes(findings, by_column=False)
    ordered = worst_first(sorted(kinds, key=lambda each: -len(each.findings)))
    rows = tuple(_finding(each) for each in ordered[: limit("findings")])
    rest = len(ordered) - len(rows)
    heads = (
        ("severity", "start", 12),
        ("table", "start", 10),
        ("reason", "start", 54),
        ("rows", "start", 16),
        ("count", "end", 8),
    )
    columns = tuple(Column(say(f"quality.col_{head}"), align, span) for head, align, span in heads)  # type: ignore[arg-type]
    note = say("quality.findings_more", n=Count(rest)) if rest > 0 else None
    return Table("findings", say("quality.findings"), columns, rows, note=note)


def _finding(kind: Cause) -> tuple[Cell, ...]:
    first = kind.first
    numbers = [plain(str(each.row)) for each in kind.findings if each.row is not None]
    shown = joined(tuple(numbers[: limit("names")]))
    if len(numbers) > limit("names"):
        shown = joined((shown, say("quality.rows_more")), "", " ")
    return (
        Cell(words.text("severities", first.severity), first.severity),
        Cell(table_text(first.table) if first.table else say("quality.none"), first.table),
        Cell(tidy(first.reason, 80), first.code),
        Cell(shown if numbers else say("quality.none")),
        Cell(count(len(kind.findings)), len(kind.findings)),
    )
