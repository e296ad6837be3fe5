"""The command `portfolio`: check an input, score it, explain a customer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from engine.console import FINDINGS, FINE, Commands, lang_option, language, progress, refusals, say, write_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from engine.errors import Finding
    from engine.explain import Explanation
    from engine.intake import Request
    from engine.portfolio import Portfolio
    from engine.tables import Tables

__all__ = ["as_of_option", "input_options", "main", "request_of"]

_TABLES = ("customers", "orders", "contacts", "surveys", "costs", "products", "leads")
_SHOWN = 20


def _table_help(table: str) -> str:
    sheets = dict(zip(_TABLES, ("顧客", "取引", "接点", "アンケート", "費用", "商品", "リード"), strict=True))
    return say(
        f"{sheets[table]}表のファイル(csv, tsv, xlsx, parquet)", f"file of the {table} (csv, tsv, xlsx, parquet)"
    )


def input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what to read; `request_of` turns their values into a `Request`."""
    file = click.Path(path_type=_path_type())  # what is no readable file is refused where it is read, in both languages
    options = [
        click.argument("workbook", required=False, type=file, metavar="[INPUT.xlsx]"),
        *(click.option(f"--{table}", type=file, metavar="FILE", help=_table_help(table)) for table in _TABLES),
        click.option(
            "--map",
            "mapping",
            multiple=True,
            metavar="T.COL=HEADER",
            help=say(
                "見出しの対応(例: orders.date=InvoiceDate、orders.amount=Quantity*UnitPrice)。繰り返し可",
                "map a header (orders.date=InvoiceDate, orders.amount=Quantity*UnitPrice); repeatable",
            ),
        ),
        click.option("--currency", metavar="CODE", help=say("通貨(JPY, USD など)", "currency (JPY, USD …)")),
        click.option(
            "--definition", type=file, metavar="FILE", help=say("定義ファイル(TOML)", "definition file (TOML)")
        ),
        click.option(
            "--purpose",
            metavar="WORD",
            help=say("目的(新規開拓・既存深耕・リスク回避)", "purpose (acquire, deepen, avoid_risk)"),
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _path_type() -> type[Path]:
    from pathlib import Path

    return Path


def request_of(options: dict[str, Any]) -> Request:
    """Return the request that the options of `input_options` describe."""
    from engine.intake import Request, parse_mapping

    files = {table: options[table] for table in _TABLES if options.get(table) is not None}
    return Request(
        workbook=options.get("workbook"),
        files=files,
        mapping=parse_mapping(options.get("mapping", ())),
        as_of=options.get("as_of"),
        currency=options["currency"].upper() if options.get("currency") else None,
        definition=options.get("definition"),
        purpose=options.get("purpose"),
    )


class _Day(click.ParamType["date"]):
    """A date as people write it: 2026-09-30, 2026/9/30, 令和8年9月30日."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day, or refuse in the reader's language."""
        from datetime import date as day_type

        from engine.dates import parse_date

        day = parse_date(value)
        if not isinstance(day, day_type):
            self.fail(
                say(f"「{value}」は日付として読めません(例: 2026-09-30)", f'"{value}" is no date (2026-09-30)'),
                param,
                ctx,
            )
        return day


as_of_option = click.option(
    "--as-of",
    type=_Day(),
    metavar="DATE",
    help=say("基準日(例: 2026-09-30)。省略時は最新の取引日", "as-of date (2026-09-30); the newest order when left out"),
)
_JSON = click.option("--json", "as_json", is_flag=True, help=say("機械用のJSONで出力", "print JSON for machines"))


@click.group(
    cls=Commands,
    help=say(
        "顧客ポートフォリオ: 顧客表と取引表を検査し、採点し、理由を説明します。",
        "Customer portfolio: check tables of customers and orders, score them, explain a score.",
    ),
    epilog=say(
        "終了コード: 0 問題なし、1 使えない行があった、2 実行できなかった",
        "Exit codes: 0 fine, 1 some rows could not be used, 2 refused",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@lang_option
def main() -> None:
    """Start the command."""


@main.command(
    help=say("入力を検査し、使えない行とその理由を示します。", "Check the input: rows that cannot be used, and why.")
)
@input_options
@lang_option
@as_of_option
@_JSON
@refusals
def check(as_json: bool, **options: Any) -> None:
    """Check an input without scoring it."""
    from engine.intake import take_in

    with progress(say("検査", "check")) as report:
        tables, _ = take_in(request_of(options), report)
    if as_json:
        _print_json(
            {
                "customers": len(tables.customers),
                "orders": None if tables.orders is None else len(tables.orders),
                "currency": tables.currency,
                "sources": [_source_row(source) for source in tables.sources],
                "findings": [_finding_row(finding) for finding in tables.findings],
            }
        )
    else:
        _show_tables(tables)
        _show_findings(tables.findings)
    raise click.exceptions.Exit(_code(tables.findings))


@main.command(
    help=say("採点し、結果を --out のフォルダーに書き出します。", "Score the input and write the results into --out.")
)
@input_options
@lang_option
@as_of_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=_path_type()),
    metavar="DIR",
    help=say(
        "書き出すフォルダー。省略時は画面の要約だけ", "folder for the results; without it only the summary is shown"
    ),
)
@_JSON
@refusals
def score(as_json: bool, out: Path | None, **options: Any) -> None:
    """Score an input and write customers.csv, segments.csv, alerts.csv, findings.csv and summary.json."""
    from engine.export import export, summary
    from engine.intake import score_request

    with progress(say("採点", "score")) as report:
        portfolio = score_request(request_of(options), report)
        written = [] if out is None else write_all(out, export(portfolio, language()))
    if as_json:
        _print_json(summary(portfolio))
    else:
        _show_portfolio(portfolio)
        _show_findings(portfolio.findings)
        for path in written:
            click.echo(path)
    raise click.exceptions.Exit(_code(portfolio.findings))


@main.command(help=say("顧客の点数の内訳を示します。", "Show what a customer's scores are made of."))
@input_options
@lang_option
@as_of_option
@click.option("--customer", required=True, metavar="NAME", help=say("顧客名またはID", "the customer's name or ID"))
@click.option(
    "--axis",
    metavar="WORD",
    help=say(
        "軸(総合・価値・継続性・成長・リスク)。省略時はすべて",
        "axis (total, value, continuity, growth, risk); all when left out",
    ),
)
@_JSON
@refusals
def explain(as_json: bool, customer: str, axis: str | None, **options: Any) -> None:
    """Explain one customer."""
    from engine import words
    from engine.errors import Text
    from engine.explain import explain as explain_score
    from engine.intake import score_request
    from engine.levels import AXES

    wanted = ("total", *AXES) if axis is None else (words.resolve("axes", axis, Text("軸", "axis")),)
    with progress(say("採点", "score")) as report:
        portfolio = score_request(request_of(options), report)
    position = portfolio.position(customer)
    found = [explain_score(portfolio, position, each) for each in wanted]
    if as_json:
        _print_json(_explanation_json(portfolio, position, found))
        return
    for each in found:
        _show_explanation(each)
    row = portfolio.frame.iloc[position]
    segment = words.label("segments.standard", str(row["segment_standard"]), language())
    click.echo(f"{say('セグメント', 'Segment')}: {segment}  {say('戦略', 'Strategy')}: {row[f'strategy_{language()}']}")


def _code(findings: tuple[Finding, ...]) -> int:
    return FINDINGS if any(finding.severity == "error" for finding in findings) else FINE


def _print_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _source_row(source: Any) -> dict[str, Any]:
    newest = None if source.newest is None else source.newest.isoformat()
    return {
        "table": source.table,
        "source": source.source,
        "sha256": source.sha256,
        "rows_read": source.rows_read,
        "rows_used": source.rows_used,
        "newest": newest,
    }


def _finding_row(finding: Finding) -> dict[str, Any]:
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


def _explanation_json(portfolio: Portfolio, position: int, found: list[Explanation]) -> dict[str, Any]:
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
                "sentence": each.sentence._asdict(),
                "lines": [
                    {
                        "metric": line.metric,
                        "factor": line.factor._asdict(),
                        "display": line.display._asdict(),
                        "basis": line.basis._asdict(),
                        "weight": line.weight,
                        "contribution": line.contribution,
                    }
                    for line in each.lines
                ],
            }
            for each in found
        ],
    }


def _show_tables(tables: Tables) -> None:
    for source in tables.sources:
        click.echo(
            say(
                f"{source.source}: {source.rows_read:,}行を読み、{source.rows_used:,}行を使います",
                f"{source.source}: {source.rows_read:,} rows read, {source.rows_used:,} used",
            )
        )
    click.echo(say(f"顧客 {len(tables.customers):,}社", f"{len(tables.customers):,} customers"))


def _show_findings(findings: tuple[Finding, ...]) -> None:
    from engine import words

    lang = language()
    for each in findings[:_SHOWN]:
        row = "" if each.row is None else say(f" {each.row}行目", f" row {each.row}")
        cell = "" if each.column is None else f" {each.column}"
        value = "" if each.value is None else say(f"「{each.value}」", f' "{each.value}"')
        severity = words.label("severities", each.severity, lang)
        click.echo(f"[{severity}] {each.source}{row}{cell}{value}: {each.reason.to(lang)}", err=True)
    if len(findings) > _SHOWN:
        more = len(findings) - _SHOWN
        click.echo(
            say(
                f"ほか{more:,}件(すべては --json か findings.csv に)",
                f"and {more:,} more (all of them with --json or in findings.csv)",
            ),
            err=True,
        )


def _show_portfolio(portfolio: Portfolio) -> None:
    from engine import words
    from engine.concentration import measure
    from engine.display import date_text, number

    lang = language()
    total = portfolio.frame["sales_12m"].sum(min_count=1)
    click.echo(f"{say('実行ID', 'Run')}: {portfolio.handle}  {words.label('tiers', portfolio.tier, lang)}")
    click.echo(
        f"{say('基準日', 'As of')}: {date_text(portfolio.as_of, lang)}  "
        f"{say('顧客', 'Customers')}: {len(portfolio):,}  "
        f"{say('年間売上', 'Sales of 12 months')}: {portfolio.money(float(total) if total == total else None, lang)}"
    )
    click.echo(
        f"HHI: {number(measure(portfolio, 'hhi'), lang)}  "
        f"{say('有効数', 'Effective number')}: {number(measure(portfolio, 'effective_number'), lang, 2)}"
    )
    _show_customers(portfolio)
    for alert in portfolio.alerts:
        if alert.verdict not in ("ok", "unavailable"):
            verdict = words.label("verdicts", alert.verdict, lang)
            clear = f" → {alert.clear.to(lang)}" if alert.clear.to(lang) else ""
            stop = say("。", "; ")
            click.echo(
                f"[{verdict}] {alert.item.to(lang)}: {alert.display.to(lang)}{stop}{alert.cause.to(lang)}{clear}"
            )
    for note in portfolio.notes:
        click.echo(note.to(lang))


def _show_customers(portfolio: Portfolio) -> None:
    """Show the largest customers as a table: name, sales, share, segment, strategy."""
    from rich.console import Console
    from rich.table import Table

    from engine import words
    from engine.concentration import largest_remainder
    from engine.display import money, unit_label

    lang, frame = language(), portfolio.frame
    table = Table(box=None, pad_edge=False)
    unit = unit_label(portfolio.currency, lang)
    sales_title = f"{say('年間売上', 'Sales')}({unit})" if unit else say("年間売上", "Sales")
    for title, side in ((say("顧客名", "Name"), "left"), (sales_title, "right"), (say("構成比", "Share"), "right")):
        table.add_column(title, justify="right" if side == "right" else "left", no_wrap=side == "right")
    table.add_column(say("セグメント", "Segment"))
    table.add_column(say("戦略", "Strategy"))
    shares = largest_remainder(frame["share"].to_numpy(float, na_value=0.0))
    order = frame["sales_12m"].sort_values(ascending=False, kind="stable", na_position="last").index[: _SHOWN // 2]
    for place in order:
        row = frame.loc[place]
        sales = row["sales_12m"]
        table.add_row(
            str(row["name"]).replace("[", r"\["),
            money(None if sales is None or sales != sales else float(sales), portfolio.digits, lang),
            f"{shares[place]:.1f}%",
            words.label("segments.standard", row["segment_standard"], lang),
            str(row[f"strategy_{lang}"]),
        )
    Console(width=None if sys.stdout.isatty() else 120, highlight=False).print(table)
    if len(frame) > len(order):
        click.echo(say(f"ほか{len(frame) - len(order):,}社", f"and {len(frame) - len(order):,} more"))


def _show_explanation(found: Explanation) -> None:
    lang = language()
    click.echo(found.sentence.to(lang))
    for line in found.lines:
        click.echo(
            f"  {line.contribution:6.2f} / {line.weight:6.2f}  {line.factor.to(lang)}: "
            f"{line.display.to(lang)} ({line.basis.to(lang)})"
        )


if __name__ == "__main__":
    main()
