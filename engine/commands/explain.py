"""`portfolio explain`: what the scores of a customer are made of."""

from __future__ import annotations

from typing import Any

import click

from engine.commands.console import lang_option, language, progress, refusals, say
from engine.commands.options import as_of_option, input_options, json_option, request_of


@click.command("explain", help=say("顧客の点数の内訳を示します。", "Show what a customer's scores are made of."))
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
@json_option
@refusals
def command(as_json: bool, customer: str, axis: str | None, **options: Any) -> None:
    """Explain one customer."""
    from engine.commands import printing
    from engine.commands.intake import score_request
    from engine.explanation.explain import explain as explain_score
    from engine.language import words
    from engine.language.errors import Text
    from engine.runs import runs
    from engine.scoring.levels import AXES

    wanted = ("total", *AXES) if axis is None else (words.resolve("axes", axis, Text("軸", "axis")),)
    with progress(say("採点", "score")) as report:
        portfolio = score_request(request_of(options), report)
    position = portfolio.position(customer)
    before = runs.previous(portfolio)
    found = [explain_score(portfolio, position, each, before) for each in wanted]
    if before is not None and not as_json:
        click.echo(say(f"前回差は {before.handle} から", f"changes are against {before.handle}"))
    if as_json:
        printing.print_json(printing.explanation_json(portfolio, position, found))
        return
    for each in found:
        printing.show_explanation(each)
    row = portfolio.frame.iloc[position]
    segment = words.label("segments.standard", str(row["segment_standard"]), language())
    click.echo(f"{say('セグメント', 'Segment')}: {segment}  {say('戦略', 'Strategy')}: {row[f'strategy_{language()}']}")
