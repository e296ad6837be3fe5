"""`portfolio allocate`: hours per customer where they bring most, and the mix of segments by risk and return."""

from __future__ import annotations

from typing import Any

import click

from engine.commands.console import exit_code, lang_option, progress, refusals, say
from engine.commands.options import as_of_option, input_options, json_option, request_of


@click.command(
    "allocate",
    help=say(
        "営業時間を、見込める粗利がもっとも増えるように顧客へ配ります。--mix はセグメントなどの構成を伸びと変動で比べます。",
        "Allot hours to customers where they bring most; --mix weighs the mix of segments by risk and return.",
    ),
)
@input_options
@lang_option
@as_of_option
@click.option("--hours", metavar="N", help=say("1年間に配る時間の合計", "hours of a year to allot"))
@click.option(
    "--objective",
    metavar="WORD",
    help=say(
        "目的(粗利・売上・リスク低減)。省略時は粗利",
        "objective (gross profit, sales, lower risk); gross profit when left out",
    ),
)
@click.option(
    "--mix",
    metavar="WORD",
    help=say(
        "構成を比べる切り口(セグメント・業界・地域など)。--hours の代わりに指定",
        "what to weigh the mix of (segment, industry, region …), in the place of --hours",
    ),
)
@json_option
@refusals
def command(as_json: bool, hours: str | None, objective: str | None, mix: str | None, **options: Any) -> None:
    """Score the input and allot the hours, or weigh the mix."""
    if mix is not None:
        _show_frontier_and_end(mix, as_json, options)
    if hours is None:
        raise click.UsageError(say("--hours か --mix を指定してください", "--hours or --mix is missing"))
    from engine.commands import printing
    from engine.commands.intake import score_request
    from engine.commands.printing import what_if as shown
    from engine.language import words
    from engine.language.errors import Text
    from engine.planning.allocation import allocate

    capacity = _parse_hours(hours)
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


def _show_frontier_and_end(word: str, as_json: bool, options: dict[str, Any]) -> None:
    """Show risk and return of the groups and the mixes that would have been steadier, and end."""
    from engine.commands import printing
    from engine.commands.intake import score_request
    from engine.commands.printing import what_if as shown
    from engine.language import words
    from engine.planning.frontier import frontier

    with progress(say("構成", "mix")) as report:
        portfolio = score_request(request_of(options), report)
    found = frontier(portfolio, words.find("dimensions", word) or word)
    if as_json:
        printing.print_json(shown.frontier_json(portfolio, found))
    else:
        shown.show_frontier(found)
        printing.show_findings(portfolio.findings)
    raise click.exceptions.Exit(exit_code(portfolio.findings))


def _parse_hours(written: str) -> float:
    """Return the hours, written in any width and with separators (１,２００)."""
    from engine.language.amounts import parse_amount
    from engine.language.distinct_cells import Fault
    from engine.language.errors import Refusal

    read = parse_amount(written.removesuffix("時間").removesuffix("h"))
    if read is None or isinstance(read, Fault):
        raise Refusal(
            "argument",
            f"--hours「{written}」は数で書いてください(例: 1200)",
            f'--hours "{written}" must be a number (1200)',
        )
    return float(read.number)
