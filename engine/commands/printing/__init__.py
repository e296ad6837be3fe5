"""What the command `portfolio` prints: for people in their language, for machines as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from engine.commands.console import language, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.cleaning.source import Source
    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition
    from engine.explanation.explain import Explanation
    from engine.language.errors import Finding
    from engine.scoring.portfolio import Portfolio

_SHOWN: Final = 20
_SOURCES_SHOWN: Final = 3  # sheets or files of one table that have a line each


def print_json(value: object) -> None:
    """Print a value as JSON."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def tables_json(tables: Tables) -> dict[str, Any]:
    """Return what was read, and what was noticed in it, as JSON."""
    return {
        "customers": len(tables.customers),
        "orders": None if tables.orders is None else len(tables.orders),
        "currency": tables.currency,
        "sources": [_make_source_json(source) for source in tables.sources],
        "findings": [_make_finding_json(finding) for finding in tables.findings],
    }


def _make_source_json(source: Any) -> dict[str, Any]:
    """Return where a table came from, as JSON."""
    newest = None if source.newest is None else source.newest.isoformat()
    return {
        "table": source.table,
        "source": source.source,
        "sha256": source.sha256,
        "rows_read": source.rows_read,
        "rows_used": source.rows_used,
        "newest": newest,
    }


def _make_finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding, as JSON."""
    return {
        "severity": finding.severity,
        "code": finding.code,
        "table": finding.table,
        "source": finding.source,
        "row": finding.row,
        "column": finding.column,
        "value": finding.value,
        "reason": finding.reason._asdict(),
    }


def explanation_json(portfolio: Portfolio, position: int, found: list[Explanation]) -> dict[str, Any]:
    """Return the explanations of one customer, as JSON."""
    row = portfolio.frame.iloc[position]
    return {
        "run": portfolio.handle,
        "customer_id": row["customer_id"],
        "name": row["name"],
        "segment": row["segment_standard"],
        "strategy": {"ja": row["strategy_ja"], "en": row["strategy_en"]},
        "axes": [
            {
                "axis": each.axis,
                "score": each.score,
                "level": each.level,
                "change": each.change,
                "sentence": each.sentence._asdict(),
                "lines": [
                    {
                        "metric": line.metric,
                        "factor": line.factor._asdict(),
                        "display": line.display._asdict(),
                        "basis": line.basis._asdict(),
                        "weight": line.weight,
                        "contribution": line.contribution,
                        "change": line.change,
                    }
                    for line in each.lines
                ],
            }
            for each in found
        ],
    }


def show_tables(tables: Tables, definition: Definition) -> None:
    """Show what was read and used, many sheets or files of one table in one line, and what cannot be computed from it."""
    from engine.explanation.dictionary import lacking
    from engine.reading.joining import joined_source

    groups: dict[str, list[Source]] = {}
    for source in tables.sources:
        groups.setdefault(source.table, []).append(source)
    for sources in groups.values():
        whole = [sources] if len(sources) > _SOURCES_SHOWN else [[each] for each in sources]
        for group in whole:
            name = joined_source([each.source for each in group])
            read, used = sum(each.rows_read for each in group), sum(each.rows_used for each in group)
            click.echo(
                say(f"{name}: {read:,}行を読み、{used:,}行を使います", f"{name}: {read:,} rows read, {used:,} used")
            )
    click.echo(say(f"顧客 {len(tables.customers):,}社", f"{len(tables.customers):,} customers"))
    for note in lacking(tables, definition):
        click.echo(note.to(language()))


def show_findings(findings: Sequence[Finding]) -> None:
    """Show the findings on standard error, one line per cause, the gravest first."""
    from engine.cleaning.causes import causes, line, worst_first

    found = worst_first(causes(findings))
    for each in found[:_SHOWN]:
        click.echo(line(each).to(language()), err=True)
    if len(found) > _SHOWN:
        more = len(found) - _SHOWN
        click.echo(say(f"ほか{more:,}種類", f"and {more:,} more kinds"), err=True)
    if len(found) < len(findings):
        click.echo(
            say(
                f"全{len(findings):,}件は --out の findings.csv か、check --json にあります",
                f"all {len(findings):,} of them are in findings.csv (--out), or with check --json",
            ),
            err=True,
        )


def show_portfolio(portfolio: Portfolio) -> None:
    """Show the run in a few lines: what it is, its largest customers, its alerts."""
    from engine.explanation.dictionary import lacking
    from engine.language import words
    from engine.language.display import date_text, number
    from engine.lists.materiality import find_material
    from engine.scoring.concentration import measure

    lang = language()
    total = _read_known_amount(portfolio.frame["sales_12m"].sum(min_count=1))
    click.echo(f"{say('実行ID', 'Run')}: {portfolio.handle}  {words.label('tiers', portfolio.tier, lang)}")
    click.echo(
        f"{say('基準日', 'As of')}: {date_text(portfolio.as_of, lang)}  "
        f"{say('顧客', 'Customers')}: {len(portfolio):,}  "
        f"{say('年間売上', 'Sales of 12 months')}: {portfolio.money(total, lang)}"
    )
    click.echo(
        f"HHI: {number(measure(portfolio, 'hhi'), lang)}  "
        f"{say('有効数', 'Effective number')}: {number(measure(portfolio, 'effective_number'), lang, 2)}"
    )
    _show_forecast(portfolio)
    click.echo(find_material(portfolio).summary.to(lang))
    _show_customers(portfolio)
    for alert in portfolio.alerts:
        if alert.fires:
            verdict = words.label("verdicts", alert.verdict, lang)
            clear = f" → {alert.clear.to(lang)}" if alert.clear.to(lang) else ""
            stop = say("。", "; ")
            click.echo(
                f"[{verdict}] {alert.item.to(lang)}: {alert.display.to(lang)}{stop}{alert.cause.to(lang)}{clear}"
            )
    for note in (*portfolio.notes, *lacking(portfolio.tables, portfolio.definition)):
        click.echo(note.to(lang))


def _show_forecast(portfolio: Portfolio) -> None:
    """Show what the whole may expect, where anything can be forecast."""
    from engine.lists.summary import summarise_forecast

    found = summarise_forecast(portfolio)
    if found is None:
        return
    low, mid, high = (portfolio.money(found[name], language()) for name in ("sales_low", "sales", "sales_high"))
    sure = f"{found['confidence']:.0%}"
    click.echo(
        say(
            f"今後{found['horizon']}日の見込み(新規顧客を除く): 売上 {mid}({sure}区間 {low}〜{high})、"
            f"離脱 {found['lost']:.1f}社(取引のある{found['customers']:,}社のうち)",
            f"Next {found['horizon']} days, without new customers: expected sales {mid} ({sure} interval {low} to {high}), "
            f"{found['lost']:.1f} of {found['customers']:,} active customers lost",
        )
    )


def _show_customers(portfolio: Portfolio) -> None:
    """Show the largest customers as a table: name, sales, share, segment, strategy."""
    from engine.language import words
    from engine.language.display import NOT_AVAILABLE, money, unit_label
    from engine.scoring.concentration import largest_remainder

    lang, frame = language(), portfolio.frame
    unit = unit_label(portfolio.currency, lang)
    sales_title = f"{say('年間売上', 'Sales')}({unit})" if unit else say("年間売上", "Sales")
    headers = (
        say("顧客名", "Name"),
        sales_title,
        say("構成比", "Share"),
        say("セグメント", "Segment"),
        say("戦略", "Strategy"),
    )
    known = [_read_known_amount(share) for share in frame["share"]]
    shares = largest_remainder(frame["share"].to_numpy(float, na_value=0.0))
    order = frame["sales_12m"].sort_values(ascending=False, kind="stable", na_position="last").index[: _SHOWN // 2]
    rows = []
    for place in order:
        row = frame.loc[place]
        rows.append(
            (
                str(row["name"]),
                money(_read_known_amount(row["sales_12m"]), portfolio.digits, lang),
                NOT_AVAILABLE.to(lang) if known[place] is None else f"{shares[place]:.1f}%",
                words.label("segments.standard", row["segment_standard"], lang),
                str(row[f"strategy_{lang}"]),
            )
        )
    show_table(headers, rows, (0, 3, 4))
    if len(frame) > len(order):
        click.echo(say(f"ほか{len(frame) - len(order):,}社", f"and {len(frame) - len(order):,} more"))


def _read_known_amount(value: Any) -> float | None:
    """Return an amount that a frame holds, None where it is missing."""
    import pandas as pd

    return None if pd.isna(value) else float(value)


def show_rows(rows: Sequence[Sequence[object]]) -> None:
    """Show rows of cells as a table; the first row is the header where there is more than one."""
    if len(rows) == 1 and len(rows[0]) == 1:
        click.echo(_word_table_cell(rows[0][0]))
        return
    header, *body = rows
    spoken = [at for at in range(len(header)) if not all(isinstance(row[at], (int, float)) for row in body)]
    show_table(
        [_word_table_cell(title) for title in header],
        [[_word_table_cell(cell) for cell in row] for row in body],
        spoken,
        width=160,
    )


def show_table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], spoken: Sequence[int] = (0,), *, width: int = 120
) -> None:
    """Show a table.

    Parameters
    ----------
    headers, rows
        What stands in the cells; names are data, and their brackets no markup.
    spoken
        Columns of words: they stand left and may be broken. The others are figures, to the right and in one line.
    width
        Characters a line where the output is no terminal.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Plain

    table = Table(box=None, pad_edge=False)
    for at, title in enumerate(headers):
        table.add_column(Plain(title), justify="left" if at in spoken else "right", no_wrap=at not in spoken)
    for row in rows:
        table.add_row(*(Plain(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else width, highlight=False).print(table)


def _word_table_cell(cell: object) -> str:
    """Return a cell as text: figures grouped, dates as dates."""
    from datetime import date

    from engine.language.display import date_text

    if cell is None:
        return ""
    if isinstance(cell, date):
        return date_text(cell, language())
    if isinstance(cell, float) and not cell.is_integer():
        return f"{cell:,.4f}".rstrip("0")
    return f"{cell:,.0f}" if isinstance(cell, (int, float)) and not isinstance(cell, bool) else str(cell)


def show_explanation(found: Explanation) -> None:
    """Show a score and its parts, with their changes where there is an earlier run."""
    from engine.language.display import delta

    lang = language()
    click.echo(found.sentence.to(lang))
    for line in found.lines:
        change = "" if line.change is None else f"{say('前回差', 'change')} {delta(line.change, lang, 2)}  "
        click.echo(
            f"  {line.contribution:6.2f} / {line.weight:6.2f}  {change}{line.factor.to(lang)}: "
            f"{line.display.to(lang)} ({line.basis.to(lang)})"
        )
