"""`portfolio check`: what of an input can be used, and why the rest cannot."""

from __future__ import annotations

from typing import Any

import click

from engine.commands.console import exit_code, lang_option, progress, refusals, say
from engine.commands.options import as_of_option, input_options, json_option, request_of


@click.command(
    "check",
    help=say("入力を検査し、使えない行とその理由を示します。", "Check the input: rows that cannot be used, and why."),
)
@input_options
@lang_option
@as_of_option
@json_option
@refusals
def command(as_json: bool, **options: Any) -> None:
    """Check an input without scoring it."""
    from engine.commands import printing
    from engine.commands.intake import take_in

    with progress(say("検査", "check")) as report:
        tables, definition = take_in(request_of(options), report)
    if as_json:
        printing.print_json(printing.tables_json(tables))
    else:
        printing.show_tables(tables, definition)
        printing.show_findings(tables.findings)
    raise click.exceptions.Exit(exit_code(tables.findings))
