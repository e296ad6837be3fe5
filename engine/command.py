"""The command `portfolio`: check an input, score it, explain a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.console import FINDINGS, FINE, Commands, lang_option, language, progress, refusals, say, write_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from engine.errors import Finding
    from engine.intake import Request

__all__ = ["as_of_option", "input_options", "main", "request_of"]

_TABLES = ("customers", "orders", "contacts", "surveys", "costs", "products", "leads")


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
    from engine import printing
    from engine.intake import take_in

    with progress(say("検査", "check")) as report:
        tables, _ = take_in(request_of(options), report)
    if as_json:
        printing.print_json(printing.tables_json(tables))
    else:
        printing.show_tables(tables)
        printing.show_findings(tables.findings)
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
    from engine import printing
    from engine.export import export, summary
    from engine.intake import score_request

    with progress(say("採点", "score")) as report:
        portfolio = score_request(request_of(options), report)
        written = [] if out is None else write_all(out, export(portfolio, language()))
    if as_json:
        printing.print_json(summary(portfolio))
    else:
        printing.show_portfolio(portfolio)
        printing.show_findings(portfolio.findings)
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
    from engine import printing, words
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
        printing.print_json(printing.explanation_json(portfolio, position, found))
        return
    for each in found:
        printing.show_explanation(each)
    row = portfolio.frame.iloc[position]
    segment = words.label("segments.standard", str(row["segment_standard"]), language())
    click.echo(f"{say('セグメント', 'Segment')}: {segment}  {say('戦略', 'Strategy')}: {row[f'strategy_{language()}']}")


def _code(findings: tuple[Finding, ...]) -> int:
    return FINDINGS if any(finding.severity == "error" for finding in findings) else FINE


if __name__ == "__main__":
    main()
