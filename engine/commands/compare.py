"""`portfolio compare`: two stored runs, who moved between them, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import lang_option, language, refusals, say
from engine.commands.options import json_option, path_type

if TYPE_CHECKING:
    from pathlib import Path

    from engine.runs.movement import Movement
    from engine.runs.movement.effects import Effects
    from engine.scoring.portfolio import Portfolio

_SHOWN = 20


def compare_options(command: Any) -> Any:
    """Add what `portfolio compare` and `portfolio runs compare` take."""
    for option in (
        json_option,
        click.option(
            "--by",
            default="standard",
            metavar="WORD",
            help=say("分類か軸(標準・RFM・リスクなど。既定は標準)", "scheme or axis (Standard, RFM, Risk …; Standard)"),
        ),
        click.option(
            "--definition",
            type=click.Path(path_type=path_type()),
            metavar="FILE",
            help=say(
                "TO_RUN の代わりに、この定義(TOML)を採用したら誰が移動するかを試す",
                "in the place of TO_RUN: try who would move if this definition (TOML) were adopted",
            ),
        ),
        click.argument("after", metavar="[TO_RUN]", required=False),
        click.argument("before", metavar="FROM_RUN"),
    ):
        command = option(command)
    return command


@click.command(
    "compare", help=say("2つの実行を比べ、異動とその要因を示します。", "Compare two runs: who moved, and why.")
)
@compare_options
@lang_option
@refusals
def command(before: str, after: str | None, definition: Path | None, by: str, as_json: bool) -> None:
    """Compare two stored runs, or one with what a definition would make of it."""
    compare_runs(before, after, definition, by, as_json=as_json)


def compare_runs(before: str, after: str | None, definition: Path | None, by: str, *, as_json: bool) -> None:
    """Print the movement between two stored runs, or the preview of a definition on one.

    Raises
    ------
    Refusal
        Where a run is not stored, the runs cannot be compared, or it is not one of both that is given.
    """
    from engine.commands import printing
    from engine.definition.definition import load_definition
    from engine.language.errors import Refusal
    from engine.runs import runs
    from engine.runs.movement import movement, preview, resolve_by
    from engine.runs.movement.effects import effects

    if (after is None) == (definition is None):
        raise Refusal(
            "argument",
            "比べる相手を、TO_RUN か --definition のどちらか1つで指定してください",
            "give either TO_RUN or --definition to compare with",
        )
    old = runs.recall(before)
    if after is None:
        tried = preview(old, load_definition(definition))
        new = tried.portfolio
        if not as_json:
            click.echo(tried.sentence.to(language()))
    else:
        new = runs.recall(after)
    code = resolve_by(new, by)
    moved, causes = movement(old, new, code), effects(old, new, code)
    if as_json:
        printing.print_json(_make_comparison_document(old, new, moved, causes))
    else:
        _show_movement(old, new, moved, causes)


def _make_comparison_document(old: Portfolio, new: Portfolio, moved: Movement, causes: Effects) -> dict[str, Any]:
    unit = 10**new.digits
    parts = ("old", "data", "definition", "program", "new")
    sums = {name: getattr(causes, name) for name in parts}
    money = dict(zip(parts, causes.sales, strict=True))
    return {
        "from": old.handle,
        "to": new.handle,
        "by": moved.by,
        "rows": list(moved.rows()),
        "columns": list(moved.columns()),
        "counts": moved.counts.tolist(),
        "sales_before": (moved.sales_before / unit).tolist(),
        "sales_after": (moved.sales_after / unit).tolist(),
        "effects": [
            {
                "group": group,
                "customers": {name: float(values[row]) for name, values in sums.items()},
                "sales": {name: float(values[row]) / unit for name, values in money.items()},
            }
            for row, group in enumerate(causes.groups)
        ],
        "movers": [
            {
                "customer_id": each.customer_id,
                "name": each.name,
                "from": each.before,
                "to": each.after,
                "score": each.score,
                "change": each.change,
                "cause": each.cause,
                "reason": each.reason._asdict(),
            }
            for each in causes.movers
        ],
    }


def _show_movement(old: Portfolio, new: Portfolio, moved: Movement, causes: Effects) -> None:
    from engine.language import words
    from engine.language.display import date_text, delta

    lang = language()
    click.echo(
        f"{old.handle} ({date_text(old.as_of, lang)}) → {new.handle} ({date_text(new.as_of, lang)}): "
        + say(f"異動 {len(moved.movers):,}社", f"{len(moved.movers):,} customers moved")
    )
    _show_effects(causes)
    for each in causes.movers[:_SHOWN]:
        places = " → ".join(moved.word(code).to(lang) for code in (each.before, each.after))
        change = "" if each.change is None else f" {delta(each.change, lang)}"
        cause = words.label("move_causes", each.cause, lang)
        click.echo(f"{each.name}: {places}{change} [{cause}] {each.reason.to(lang)}")
    if len(causes.movers) > _SHOWN:
        more = len(causes.movers) - _SHOWN
        click.echo(say(f"ほか{more:,}社(すべては --json で)", f"and {more:,} more (all of them with --json)"))


def _show_effects(causes: Effects) -> None:
    """Show each group's count before and now, and what changed it."""
    from engine.commands.printing import show_table
    from engine.language.display import delta, number

    lang = language()
    columns: list[tuple[str, Any, bool]] = [
        (say("前回", "Before"), causes.old, False),
        (say("データ", "Data"), causes.data, True),
        (say("定義", "Definition"), causes.definition, True),
        (say("プログラム", "Program"), causes.program, True),
        (say("今回", "Now"), causes.new, False),
    ]
    shown = [column for column in columns if column[1] is not causes.program or causes.program.any()]
    rows = []
    for row, group in enumerate(causes.groups):
        cells = [
            delta(values[row], lang, 0 if float(values[row]).is_integer() else 1)
            if signed
            else number(values[row], lang)
            for _, values, signed in shown
        ]
        rows.append((causes.word(group).to(lang), *cells))
    show_table((say("区分", "Group"), *(title for title, _, _ in shown)), rows)
