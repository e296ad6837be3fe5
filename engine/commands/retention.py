"""`portfolio retention`: who stayed, by customers and by sales, with bridges, survival and cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from engine.commands.console import exit_code, lang_option, language, progress, refusals, say
from engine.commands.options import as_of_option, input_options, json_option, request_of
from engine.commands.printing import show_findings, show_table

if TYPE_CHECKING:
    import pandas as pd

    from engine.language.errors import Text
    from engine.measures.retention import Rate
    from engine.measures.retention.answers import Answer
    from engine.measures.retention.cohorts import Triangle
    from engine.measures.retention.survival import Curve
    from engine.scoring.portfolio import Portfolio

_WIDTH = 160  # characters a line where the output is no terminal: cohorts and bridges are wide

_WIDEST: Final = 12  # ages of a cohort that fit on a screen; --json holds all


@click.command(
    "retention",
    help=say(
        "維持率・リテンション率・チャーン率・GRR・NRR・顧客化率を、顧客と売上の増減、生存期間とともに示します。",
        "Show retention, repurchase, churn, GRR, NRR and conversion, with the bridges of customers and sales.",
    ),
)
@input_options
@lang_option
@as_of_option
@click.option(
    "--by",
    metavar="WORD",
    help=say(
        "切り口(業界・地域・状態・分類名・列名、または 月・四半期・半期・年度)",
        "group by (industry, region, state, a scheme, a column; or month, quarter, half, year)",
    ),
)
@click.option(
    "--period",
    metavar="WORD",
    help=say(
        "期間(直近12か月・前四半期・今年度・2026年4月など)。省略時は直近12か月",
        "period (last 12 months, previous quarter, 2026-04, FY2026 …); last 12 months when left out",
    ),
)
@click.option(
    "--kind",
    metavar="WORD",
    help=say(
        "種類(維持率・リテンション率・チャーン率・GRR・NRR・顧客化率など)。省略時はすべて",
        "kind (retention, repurchase, churn, grr, nrr, conversion …); all when left out",
    ),
)
@click.option(
    "--cohort",
    metavar="GRAIN",
    help=say("コホート表も示す(月・四半期・半期・年度)", "show cohorts as well (month, quarter, half, year)"),
)
@json_option
@refusals
def command(
    as_json: bool, by: str | None, period: str | None, kind: str | None, cohort: str | None, **options: Any
) -> None:
    """Show the rates, bridges, survival and cohorts of an input."""
    from engine.commands.intake import score_request
    from engine.commands.printing import print_json
    from engine.language import words
    from engine.language.errors import Text
    from engine.measures.retention.answers import answer
    from engine.measures.retention.answers import as_json as answer_json
    from engine.measures.retention.cohorts import triangle

    code = None if kind is None else words.resolve("retention", kind, Text("種類", "kind"))
    grain = None if cohort is None else words.resolve("grains", cohort, Text("区切り", "grain"))
    with progress(say("集計", "measure")) as report:
        portfolio = score_request(request_of(options), report)
        found = answer(portfolio, code, by, period)
        cohorts = None if grain is None else triangle(portfolio, grain)
    if as_json:
        print_json(answer_json(portfolio, found, cohorts))
    else:
        _show_retention(portfolio, found)
        if cohorts is not None:
            _show_cohorts(cohorts)
        show_findings(portfolio.findings)
    raise click.exceptions.Exit(exit_code(portfolio.findings))


def _show_retention(portfolio: Portfolio, found: Answer) -> None:
    from engine.language.display import date_text

    lang = language()
    click.echo(f"{say('実行ID', 'Run')}: {portfolio.handle}")
    if found.period is not None:
        days = f"{date_text(found.period.first, lang)} – {date_text(found.period.last, lang)}"
        click.echo(f"{say('期間', 'Period')}: {found.period.text.to(lang)} ({days})")
    if found.rates:
        show_table(
            ("", say("種類", "Kind"), say("値", "Value"), say("95%区間", "Interval"), "n"),
            map(_make_rate_row, found.rates),
        )
    for kind, refusal in found.refused.items():
        click.echo(f"{_name_retention_kind(kind)}: {refusal.to(lang)}", err=True)
    for kind, frame in found.bridges.items():
        _show_bridge(portfolio, kind, frame)
    if found.curves:
        heads = (say("生存", "Survival"), "n", say("離脱", "Lost"), say("中央値(日)", "Median (days)"))
        show_table(
            (*heads, say("1年後", "After a year")), (_make_curve_row(label, curve) for _, label, curve in found.curves)
        )
    for note in found.notes:
        click.echo(note.to(lang))


def _name_retention_kind(kind: str) -> str:
    from engine.language import words

    return words.label("retention", kind, language())


def _make_rate_row(each: Rate) -> tuple[str, ...]:
    from engine.language.display import number, percent

    lang = language()
    ends = "" if each.low is None else f"{percent(each.low, lang)} – {percent(each.high, lang)}"
    return each.label.to(lang), _name_retention_kind(each.kind), percent(each.value, lang), ends, number(each.n, lang)


def _make_curve_row(label: Text, curve: Curve) -> tuple[str, ...]:
    from engine.language.display import number, percent

    lang, median = language(), curve.median()
    counts = (number(int(curve.at_risk[0]), lang), number(int(curve.events.sum()), lang))
    return label.to(lang), *counts, number(median, lang), percent(curve.at(365), lang)


def _show_bridge(portfolio: Portfolio, kind: str, frame: pd.DataFrame) -> None:
    from engine.language.display import money, number
    from engine.measures.retention.bridges import CUSTOMERS, REVENUE

    lang, columns = language(), CUSTOMERS if kind == "bridge" else REVENUE

    def written(value: int) -> str:
        return number(value, lang) if kind == "bridge" else money(value, portfolio.digits, lang)

    table = [
        (_name_retention_kind(kind), *(text.to(lang) for text in columns.values())),
        *(
            (str(row[f"label_{lang}"]), *(written(int(row[name])) for name in columns))
            for row in frame.to_dict(orient="records")
        ),
    ]
    # One group stands upright: nine amounts in a row are wider than a terminal.
    headers, *rows = list(zip(*table, strict=True)) if len(frame) == 1 else table
    show_table(headers, rows, width=_WIDTH)


def _show_cohorts(found: Triangle) -> None:
    from math import isnan

    from engine.language.display import number, percent

    lang, ages = language(), min(len(found.periods), _WIDEST)
    rows = (
        (
            period.text.to(lang),
            number(int(found.size[at]), lang),
            *("" if isnan(share) else percent(share, lang) for share in found.rate[at, :ages].tolist()),
        )
        for at, period in enumerate(found.periods)
        if found.size[at]
    )
    show_table((say("コホート", "Cohort"), "n", *map(str, range(ages))), rows, width=_WIDTH)
