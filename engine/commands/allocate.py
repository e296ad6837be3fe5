"""`portfolio allocate`: hours per customer where they bring most."""

from __future__ import annotations

from typing import Any

import click

from engine.console import exit_code, lang_option, progress, refusals, say
from engine.options import as_of_option, input_options, json_option, request_of

__all__ = ["command"]


@click.command(
    "allocate",
    help=say(
        "営業時間を、見込める粗利がもっとも増えるように顧客へ配ります。",
        "Allot hours to customers where they bring most.",
    ),
)
@input_options
@lang_option
@as_of_option
@click.option("--hours", required=True, metavar="N", help=say("1年間に配る時間の合計", "hours of a year to allot"))
@click.option(
    "--objective",
    metavar="WORD",
    help=say(
        "目的(粗利・売上・リスク低減)。省略時は粗利",
        "objective (gross profit, sales, lower risk); gross profit when left out",
    ),
)
@json_option
@refusals
def command(as_json: bool, hours: str, objective: str | None, **options: Any) -> None:
    """Score the input and allot the hours."""
    from engine import printing, words
    from engine.allocation import allocate
    from engine.errors import Text
    from engine.intake import score_request
    from engine.trials import printing as shown

    capacity = _hours(hours)
    code = None if objective is None else words.resolve("objectives", objective, Text("目的", "objective"))
    with progress(say("配分", "allot")) as report:
        portfolio = score_request(request_of(options), report)
    found = allocate(portfolio, capacity, code)
    if as_json:
        printing.print_json(shown.allocation_json(portfolio, found))
    else:
        shown.show_allocation(portfolio, found)
        printing.show_findings(portfolio.findings)
    raise click.exceptions.Exit(exit_code(portfolio.findings))


def _hours(written: str) -> float:
    """Return the hours, written in any width and with separators (１,２００)."""
    from engine.amounts import parse_amount
    from engine.errors import Refusal
    from engine.uniques import Fault

    read = parse_amount(written.removesuffix("時間").removesuffix("h"))
    if read is None or isinstance(read, Fault):
        raise Refusal(
            "argument",
            f"--hours「{written}」は数で書いてください(例: 1200)",
            f'--hours "{written}" must be a number (1200)',
        )
    return float(read.number)
