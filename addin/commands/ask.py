"""`portfolio-addin ask`: one worksheet function over files, without a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from engine.commands.console import REFUSED, lang_option, language, progress, refusals, say
from engine.commands.options import as_of_option, input_options, json_option, request_of
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from addin.functions.cells import Block
    from addin.functions.registry import Argument, WorksheetFunction

_PREFIX: Final = "PORTFOLIO_"


@click.command(
    "ask",
    help=say(
        "ワークシート関数を1つ、ファイルに対して計算します。"
        "例: ask 見本.xlsx --function LIST --arg 'リスク=高' --arg 売上 --arg 10",
        "Answer one worksheet function over files, such as: ask sample.xlsx --function LIST --arg risk=high --arg sales",
    ),
)
@input_options
@click.option(
    "--function",
    "name",
    required=True,
    metavar="NAME",
    help=say("関数名(PORTFOLIO_ は省けます)", "the function (PORTFOLIO_ may be left out)"),
)
@click.option(
    "--arg",
    "written",
    multiple=True,
    metavar="VALUE",
    help=say(
        "引数を順に。空文字は省略、表の引数はCSVファイル。実行IDは自動で渡します",
        'the arguments in order; "" leaves one out, a table is a CSV file; the run is passed by itself',
    ),
)
@lang_option
@as_of_option
@json_option
@refusals
def command(name: str, written: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Score the input, answer the function as a cell would, and print the cell or the table."""
    from addin.functions import cells, registry
    from engine.commands import printing
    from engine.commands.intake import score_request
    from engine.runs import runs

    function = registry.find(name if name.upper().startswith(_PREFIX) else f"{_PREFIX}{name}")
    arguments = _read_cell_arguments(function, written)
    with progress(say("採点", "score")) as report:
        handle = runs.remember(score_request(request_of(options), report))
    answer = cells.answer(function.name, arguments, handle, language())
    rows = answer if isinstance(answer, list) else [[answer]]
    if isinstance(answer, str) and answer.startswith(cells.ERROR):
        click.echo(answer.removeprefix(cells.ERROR), err=True)
        raise click.exceptions.Exit(REFUSED)
    if as_json:
        printing.print_json({"run": handle, "function": function.name, "answer": answer})
    else:
        printing.show_rows(rows)


def _read_cell_arguments(function: WorksheetFunction, written: tuple[str, ...]) -> list[object]:
    """Return the arguments as a sheet would hand them over; the run is left to the caller's PF_RUN."""
    places = [argument for argument in function.arguments if argument.kind != "run"]
    if len(written) > len(places):
        raise Refusal(
            "argument",
            f"引数が多すぎます(最大{len(places)}個)",
            f"too many arguments (at most {len(places)})",
        )
    given = dict(zip((argument.name for argument in places), written, strict=False))
    return [_read_cell_argument(argument, given.get(argument.name, "")) for argument in function.arguments]


def _read_cell_argument(argument: Argument, text: str) -> object:
    if not text.strip():
        return None
    return _read_table_argument(text) if argument.kind == "table" else text


def _read_table_argument(path: str) -> Block:
    """Return a CSV file as rows of cells."""
    import csv
    from pathlib import Path

    with Path(path).open(encoding="utf-8-sig", newline="") as stream:
        return [[cell or None for cell in row] for row in csv.reader(stream) if any(row)]
