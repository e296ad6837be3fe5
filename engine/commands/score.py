"""`portfolio score`: score an input and write the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import exit_code, lang_option, language, progress, refusals, say, write_all
from engine.commands.options import as_of_option, input_options, json_option, out_option, request_of

if TYPE_CHECKING:
    from pathlib import Path

    from engine.scoring.portfolio import Portfolio


@click.command(
    "score",
    help=say("採点し、結果を --out のフォルダーに書き出します。", "Score the input and write the results into --out."),
)
@input_options
@lang_option
@as_of_option
@out_option
@click.option(
    "--store/--no-store",
    "stored",
    default=True,
    help=say(
        "実行を保存する(既定)・しない。保存した実行は runs・compare とセルで使えます",
        "keep the run in the store (default) or not; stored runs serve runs, compare and the cells",
    ),
)
@json_option
@refusals
def command(as_json: bool, stored: bool, out: Path | None, **options: Any) -> None:
    """Score an input and write customers.csv, segments.csv, alerts.csv, findings.csv and summary.json."""
    from engine.commands import printing
    from engine.commands.export import export, summary
    from engine.commands.intake import score_request

    with progress(say("採点", "score")) as report:
        portfolio = score_request(request_of(options), report)
        written = [] if out is None else write_all(out, export(portfolio, language()))
    if stored:  # before anything is printed: whoever reads only the first lines of it (`| head`) ends the command
        _store_or_warn(portfolio)
    if as_json:
        printing.print_json(summary(portfolio))
    else:
        printing.show_portfolio(portfolio)
        printing.show_findings(portfolio.findings)
        for path in written:
            click.echo(path)
    raise click.exceptions.Exit(exit_code(portfolio.findings))


def _store_or_warn(portfolio: Portfolio) -> None:
    """Store the run; a store that fails is told and costs nothing else."""
    from engine.language.errors import Refusal
    from engine.runs import runs

    try:
        runs.keep(portfolio)
    except Refusal as refusal:
        click.echo(
            say(f"実行を保存できませんでした。{refusal.to('ja')}", f"The run was not stored. {refusal.to('en')}"),
            err=True,
        )
