"""`portfolio list`: a list of customers, a named one or by a condition, as the cells show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import exit_code, lang_option, language, progress, refusals, say
from engine.commands.options import as_of_option, input_options, json_option, request_of
from engine.commands.printing import show_findings, show_rows

if TYPE_CHECKING:
    from engine.lists.listing import ListColumn
    from engine.scoring.portfolio import Portfolio


@click.command(
    "list",
    help=say(
        "顧客の一覧を示します。既定は「要対応」(期待金額の大きい順)。",
        "Show a list of customers; by default those that need action, the most expected money first.",
    ),
)
@input_options
@lang_option
@as_of_option
@click.option(
    "--list",
    "wanted",
    metavar="WORD",
    default="要対応",
    help=say(
        "一覧の名前(要対応・機会・休眠・期限超過など)か「リスク=高 かつ 売上>100万」のような条件",
        'a list (Action needed, Opportunities, Dormant …) or a condition such as "risk = high and sales > 1000000"',
    ),
)
@click.option(
    "--sort",
    "order",
    metavar="WORDS",
    default="",
    help=say(
        "並べる列と昇順・降順(省略時は一覧の順)",
        "a column and Ascending or Descending; the list's own order by default",
    ),
)
@click.option(
    "--top", type=int, metavar="N", help=say("上から何件か(省略時はすべて)", "how many rows; all when left out")
)
@json_option
@refusals
def command(as_json: bool, wanted: str, order: str, top: int | None, **options: Any) -> None:
    """Show a list of an input's customers."""
    from engine.commands.intake import score_request
    from engine.commands.printing import print_json
    from engine.lists.listing import list_customers

    with progress(say("一覧", "list")) as report:
        portfolio = score_request(request_of(options), report)
        listing = list_customers(portfolio, wanted, order, top)
    cells = [_read_list_cells(portfolio, column) for column in listing.columns]
    rows = [list(row) for row in zip(*cells, strict=True)]
    if as_json:
        headers = [column.name.en for column in listing.columns]
        told = [dict(zip(headers, row, strict=True)) for row in rows]
        print_json({"run": portfolio.handle, "list": wanted, "rows": told})
    else:
        show_rows([[column.name.to(language()) for column in listing.columns], *rows])
        show_findings(portfolio.findings)
    raise click.exceptions.Exit(exit_code(portfolio.findings))


def _read_list_cells(portfolio: Portfolio, column: ListColumn) -> list[object]:
    """Return a column's cells: texts in the language asked for, money in major units, None where nothing is known."""
    from engine.language import words
    from engine.language.errors import Text

    unit = 10**portfolio.digits if column.unit == "money" and portfolio.digits else 1
    cells: list[object] = []
    for value in column.values:
        if isinstance(value, Text):
            cells.append(value.to(language()))
        elif isinstance(value, bool):
            cells.append(words.label("answers", "yes" if value else "no", language()))
        elif isinstance(value, int) and unit > 1:
            cells.append(value / unit)
        else:
            cells.append(value)
    return cells
