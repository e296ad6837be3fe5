"""`portfolio what-if`: customers lost, values and thresholds changed, cases compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import exit_code, lang_option, progress, refusals, say, write_all
from engine.commands.options import as_of_option, input_options, json_option, path_type, request_of

if TYPE_CHECKING:
    from pathlib import Path

    from engine.planning.what_if.changes import Change


def _parse_change_options(entries: tuple[str, ...]) -> list[Change]:
    """Return `対象:項目:変更` as changes.

    A change holds no colon, a target may (業界:製造); for the definition, whose values may hold some, the first two count.
    """
    from engine.language import words
    from engine.language.errors import Refusal
    from engine.planning.what_if.changes import Change

    found = []
    for entry in entries:
        text = entry.replace("：", ":")  # full width, as a Japanese keyboard gives it
        is_definition = words.find("trial_targets", text.partition(":")[0]) == "definition"
        parts = text.split(":", 2) if is_definition else text.rsplit(":", 2)
        if len(parts) != len(("target", "item", "change")):
            raise Refusal(
                "argument",
                f"--change「{entry}」が読めません(例: 株式会社A:年間売上:+10%)",
                f'--change "{entry}" cannot be read (such as "ACME:Annual sales:+10%")',
            )
        target, item, change = (part.strip() for part in parts)
        found.append(Change(target, item, change))
    return found


@click.command(
    "what-if",
    help=say(
        "顧客を失った場合や、値・しきい値を変えた場合を試算します。案を保存し、並べて比べられます。",
        "Try what happens when customers are lost, or values and thresholds change; save cases and compare them.",
    ),
)
@input_options
@lang_option
@as_of_option
@click.option(
    "--lose",
    multiple=True,
    metavar="NAME",
    help=say("失う顧客(IDか名前)。繰り返し可", "customer that is lost (ID or name); repeatable"),
)
@click.option(
    "--recovery",
    default="0",
    metavar="SHARE",
    help=say("失う売上のうち残る顧客が取り戻す割合(例: 30%)", "share of the lost sales that the others win back (30%)"),
)
@click.option(
    "--change",
    "changes",
    multiple=True,
    metavar="T:I:C",
    help=say(
        "対象:項目:変更(例: 株式会社A:年間売上:+10%、定義:levels.high:70)。繰り返し可、順に適用",
        "target:item:change (ACME:Annual sales:+10%, Definition:levels.high:70); repeatable, in this order",
    ),
)
@click.option(
    "--save",
    type=click.Path(path_type=path_type()),
    metavar="FILE",
    help=say("案をJSONで保存", "save the case as JSON"),
)
@click.option(
    "--compare",
    multiple=True,
    type=click.Path(path_type=path_type()),
    metavar="FILE",
    help=say("保存した案を並べて比べる。繰り返し可", "set saved cases side by side; repeatable"),
)
@json_option
@refusals
def command(
    as_json: bool,
    lose: tuple[str, ...],
    recovery: str,
    changes: tuple[str, ...],
    save: Path | None,
    compare: tuple[Path, ...],
    **options: Any,
) -> None:
    """Score the input, change a copy, and show both."""
    from engine.commands import printing
    from engine.commands.intake import score_request
    from engine.commands.printing import what_if as shown
    from engine.planning.what_if import Case, compare_cases, save_case, try_out

    wanted = _parse_change_options(changes)
    cases = [Case.from_json(path.read_text(encoding="utf-8-sig")) for path in compare]
    with progress(say("試算", "what if")) as report:
        portfolio = score_request(request_of(options), report)
    if lose or wanted or not cases:
        trial = try_out(portfolio, lose, recovery, wanted)
        case = save_case(portfolio, say("この案", "This case") if save is None else save.stem, lose, recovery, wanted)
        if save is not None:
            write_all(save.parent, {save.name: case.to_json().encode()})
        cases = [*cases, case] if cases else []
        if not cases:
            printing.print_json(shown.trial_json(portfolio, trial)) if as_json else shown.show_trial(portfolio, trial)
    if cases:
        beside = compare_cases(portfolio, cases)
        if as_json:
            printing.print_json(shown.comparison_json(portfolio, beside))
        else:
            shown.show_comparison(portfolio, beside)
    if not as_json:
        printing.show_findings(portfolio.findings)
    raise click.exceptions.Exit(exit_code(portfolio.findings))
