"""The options that several commands share: what to read, the as-of date, the form of the output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import say
from engine.commands.importing.profile_options import wish_options, wishes_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from engine.commands.intake import Request

_SHEETS = {
    "customers": "顧客",
    "orders": "取引",
    "contacts": "接点",
    "surveys": "アンケート",
    "costs": "費用",
    "products": "商品",
    "leads": "リード",
    "plans": "アカウントプラン",
    "actions": "アクション",
    "benchmarks": "ベンチマーク",
}  # spelt out here: help pages do not wait for the columns, and a test compares them
_TABLES = tuple(_SHEETS)


def _word_table_help(table: str) -> str:
    if table != "orders":
        return say(f"{_SHEETS[table]}表のファイル", f"file of the {table}")
    return say(
        "取引表のファイル(csv, tsv, xlsx, parquet。.gz・.zip 可)。フォルダー、sales/*.csv、s3://…、- (標準入力)も。"
        "どの表も繰り返すと1つの表になります",
        "file of the orders (csv, tsv, xlsx, parquet, also .gz and .zip), a folder, sales/*.csv, s3://…, or - for standard input; "
        "repeat an option and the files are one table, for every table",
    )


def input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what to read; `request_of` turns their values into a `Request`."""
    file = click.Path(path_type=path_type())  # what is no readable file is refused where it is read, in both languages
    options = [
        click.argument("workbooks", nargs=-1, metavar="[INPUT.xlsx]..."),
        *(click.option(f"--{table}", multiple=True, metavar="FILE", help=_word_table_help(table)) for table in _TABLES),
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
        *wish_options(),
        click.option(
            "--currency", metavar="CODE", help=say("通貨(ISO 4217: JPY, USD など)", "currency (ISO 4217: JPY, USD …)")
        ),
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


def path_type() -> type[Path]:
    """Return `Path`, loaded only now: help pages are asked for more often than files."""
    from pathlib import Path

    return Path


def request_of(options: dict[str, Any]) -> Request:
    """Return the request that the options of `input_options` describe."""
    from engine.cleaning.currency import told_currency
    from engine.commands.intake import Request, parse_mapping

    files = {table: tuple(options[table]) for table in _TABLES if options.get(table)}
    return Request(
        workbooks=tuple(options.get("workbooks", ())),
        files=files,
        mapping=parse_mapping(options.get("mapping", ())),
        wishes=wishes_of(options),
        as_of=options.get("as_of"),
        currency=told_currency(options["currency"]) if options.get("currency") else None,
        definition=options.get("definition"),
        purpose=options.get("purpose"),
    )


class Day(click.ParamType["date"]):
    """A date as people write it: 2026-09-30, 2026/9/30, 令和8年9月30日."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day, or refuse in the reader's language."""
        from datetime import date as day_type

        from engine.language.dates import parse_date

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
    type=Day(),
    metavar="DATE",
    help=say("基準日(例: 2026-09-30)。省略時は最新の取引日", "as-of date (2026-09-30); the newest order when left out"),
)
json_option = click.option("--json", "as_json", is_flag=True, help=say("機械用のJSONで出力", "print JSON for machines"))
out_option = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=path_type()),
    metavar="DIR",
    help=say(
        "書き出すフォルダー。省略時は画面の要約だけ", "folder for the results; without it only the summary is shown"
    ),
)
