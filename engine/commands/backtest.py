"""`portfolio backtest`: today's grades given at earlier dates, and held against what followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.commands.console import exit_code, lang_option, language, progress, refusals, say
from engine.commands.options import as_of_option, input_options, json_option, request_of
from engine.commands.printing import show_findings, show_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.language.errors import Text
    from engine.measures.backtest import Backtest
    from engine.measures.backtest.bins import Bin
    from engine.scoring.portfolio import Portfolio

_WIDTH = 160  # characters a line where the output is no terminal


@click.command(
    "backtest",
    help=say(
        "過去の時点で今の判定を行い、その後に実際に起きたことと比べます。日付が後のデータは使いません。",
        "Give today's grades at earlier dates, with nothing dated later, and hold them against what followed.",
    ),
)
@input_options
@lang_option
@as_of_option
@click.option(
    "--horizon",
    type=int,
    metavar="DAYS",
    help=say("判定日から何日後まで確かめるか(省略時は365)", "days after each origin (365 when left out)"),
)
@click.option(
    "--origins",
    type=int,
    metavar="N",
    help=say("さかのぼって判定する回数(省略時は4)", "how many earlier dates (4 when left out)"),
)
@click.option(
    "--axis",
    metavar="WORD",
    help=say(
        "軸(リスク・継続性・成長・価値)。省略時はすべて", "axis (risk, continuity, growth, value); all when left out"
    ),
)
@json_option
@refusals
def command(as_json: bool, horizon: int | None, origins: int | None, axis: str | None, **options: Any) -> None:
    """Test the grades of an input on its own past."""
    from engine.commands.intake import score_request
    from engine.commands.printing import print_json
    from engine.language import words
    from engine.language.errors import Text
    from engine.measures.backtest.answers import as_json as backtest_json

    code = None if axis is None else words.resolve("axes", axis, Text("軸", "axis"))
    with progress(say("検証", "backtest")) as report:
        portfolio = score_request(request_of(options), report)
        found, refused = _run_backtests(portfolio, code, horizon, origins, report)
    if as_json:
        print_json(
            {
                "run": portfolio.handle,
                "axes": [backtest_json(each, portfolio) for each in found],
                "refused": {name: text._asdict() for name, text in refused.items()},
            }
        )
    else:
        _show_backtests(portfolio, found, refused)
        show_findings(portfolio.findings)
    raise click.exceptions.Exit(exit_code(portfolio.findings))


def _run_backtests(
    portfolio: Portfolio,
    axis: str | None,
    horizon: int | None,
    origins: int | None,
    report: Callable[[Text, float], None],
) -> tuple[list[Backtest], dict[str, Text]]:
    """Return the backtest of one axis or of all; of all, one that cannot be tested is passed over with its reason."""
    from engine.language.errors import Refusal
    from engine.measures.backtest import backtest
    from engine.measures.backtest.result import WARNS

    if axis is not None:
        return [backtest(portfolio, axis, horizon, origins, report)], {}
    found: list[Backtest] = []
    refused: dict[str, Refusal] = {}
    for each in WARNS:
        try:
            found.append(backtest(portfolio, each, horizon, origins, report))
        except Refusal as refusal:
            if refusal.kind != "too_little_data":
                raise
            refused[each] = refusal
    if not found:
        raise next(iter(refused.values()))
    return found, {name: refusal.text for name, refusal in refused.items()}


def _show_backtests(portfolio: Portfolio, found: Sequence[Backtest], refused: dict[str, Text]) -> None:
    from engine.language import words

    lang = language()
    click.echo(f"{say('実行ID', 'Run')}: {portfolio.handle}")
    for each in found:
        _show_axis(each, portfolio.digits)
    for axis, text in refused.items():
        click.echo(f"{words.label('axes', axis, lang)}: {text.to(lang)}", err=True)


def _show_axis(found: Backtest, digits: int) -> None:
    from engine.language import words
    from engine.language.display import date_text
    from engine.measures.backtest import verdict_text
    from engine.measures.backtest.answers import notes_of

    lang = language()
    click.echo(f"\n{words.label('axes', found.axis, lang)}: {verdict_text(found).to(lang)}")
    days = say("、", ", ").join(date_text(each.day, lang) for each in found.origins)
    click.echo(f"{say('判定日', 'Origins')}: {days} ({say(f'その後{found.days}日', f'{found.days} days after each')})")
    heads: tuple[str, ...] = (
        say("該当", "Events"),
        say("予測", "Predicted"),
        say("実績", "Actual"),
        say("区間", "Interval"),
    )
    if found.axis == "value":
        heads = (say("判定前12か月の売上", "Sales 12 months before"), say("判定後の売上", "Sales after"))
    heads = (say("水準・順位", "Level, tenth"), "n", *heads)
    show_table(
        heads,
        (_make_bin_row(each, found.axis, digits) for each in (*found.levels, *found.tenths, found.whole)),
        width=_WIDTH,
    )
    _show_rankers(found)
    for note in notes_of(found):
        click.echo(note.to(lang))


def _make_bin_row(each: Bin, axis: str, digits: int) -> tuple[str, ...]:
    from engine.language.display import money, number, percent
    from engine.measures.backtest.answers import item_text

    lang = language()
    name, count = item_text(each).to(lang), number(each.customers, lang)
    if axis == "value":
        return name, count, *(money(amount, digits, lang) for amount in (each.before, each.after))
    ends = "" if each.low is None else f"{percent(each.low, lang)} – {percent(each.high, lang)}"
    stated = "" if each.predicted is None else percent(each.predicted, lang)
    return name, count, number(each.events, lang), stated, percent(each.actual, lang), ends


def _show_rankers(found: Backtest) -> None:
    """Show the rankings side by side, with those measures that the axis has."""
    from math import isnan

    from engine.language.display import number, percent
    from engine.measures.backtest.answers import COLUMNS, SECTIONS, ranker_text

    lang = language()

    def written(name: str, value: float) -> str:
        return "" if isnan(value) else percent(value, lang) if name == "found" else number(value, lang, 3)

    names = dict(zip(("auc", "skill", "found", "correlation"), COLUMNS[8:12], strict=True))
    cells = {name: [written(name, getattr(each, name)) for each in found.rankers] for name in names}
    measures = [name for name, column in cells.items() if any(column)]
    if measures:
        heads = (SECTIONS["ranker"].to(lang), *(names[name].to(lang) for name in measures))
        labels = [ranker_text(each.code).to(lang) for each in found.rankers]
        show_table(heads, zip(labels, *(cells[name] for name in measures), strict=True), width=_WIDTH)
