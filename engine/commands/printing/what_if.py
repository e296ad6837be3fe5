"""What `portfolio what-if` and `portfolio allocate` print: plain tables for people, plain numbers for machines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import click

from engine.commands.console import language, say
from engine.commands.printing import show_table
from engine.language import words
from engine.language.display import delta, money, money_text, number, percent, unit_label
from engine.language.errors import Text

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from engine.planning.allocation import Allocation
    from engine.planning.frontier import Frontier, Mix
    from engine.planning.what_if.cases import Comparison
    from engine.planning.what_if.result import Trial
    from engine.scoring.portfolio import Portfolio

_SHOWN: Final = 15  # customers at either end of an allocation


def _word_trial_value(value: float | Text | None, unit: str, portfolio: Portfolio, lang: Lang) -> str:
    if isinstance(value, Text):
        return value.to(lang)
    if unit == "money":
        return money(value, portfolio.digits, lang)
    if unit == "rate":
        return percent(value, lang)
    places = {"count": 0, "number": 2, "months": 1}.get(unit, 2)
    return number(value, lang, places)


def _word_trial_difference(value: float | None, unit: str, portfolio: Portfolio, lang: Lang) -> str:
    if value is None:
        return ""
    if unit == "money":
        return delta(value / 10**portfolio.digits, lang, portfolio.digits)
    if unit == "rate":
        return delta(value * 100, lang, 1, "pt")
    return delta(value, lang, {"count": 0, "months": 1}.get(unit, 2))


def show_trial(portfolio: Portfolio, trial: Trial) -> None:
    """Show what a what-if changes."""
    lang = language()
    unit = unit_label(portfolio.currency, lang)
    click.echo(
        f"{say('実行ID', 'Run')}: {trial.run}" + (f"  {say('金額の単位', 'Amounts in')}: {unit}" if unit else "")
    )
    headers = [
        say("指標", "Measure"),
        say("現在", "Now"),
        say("変更後", "Then"),
        say("差", "Difference"),
        say("判定変化", "Verdict"),
    ]
    rows = [
        [
            row.item.to(lang),
            _word_trial_value(row.now, row.unit, portfolio, lang),
            _word_trial_value(row.then, row.unit, portfolio, lang),
            _word_trial_difference(row.delta, row.unit, portfolio, lang),
            row.verdict.to(lang),
        ]
        for row in trial.rows
        if row.code != "note"
    ]
    show_table(headers, rows, (0, 4))
    for note in trial.notes:
        click.echo(f"- {note.to(lang)}")


def trial_json(portfolio: Portfolio, trial: Trial) -> dict[str, Any]:
    """Return a what-if as JSON: amounts in whole currency units."""
    from engine.planning.what_if.cases import rows_json

    rows = rows_json(trial)
    for row in rows:
        if row["unit"] == "money":
            for side in ("now", "then", "delta"):
                row[side] = None if row[side] is None else row[side] / 10**portfolio.digits
    movers = [
        {
            "customer_id": mover.customer_id,
            "name": mover.name,
            "segment": [mover.segment_now, mover.segment_then],
            "levels": {axis: [now, then] for axis, now, then in mover.levels},
        }
        for mover in trial.movers
    ]
    return {
        "run": trial.run,
        "currency": portfolio.currency,
        "rows": [row for row in rows if row["code"] != "note"],
        "movers": movers,
        "notes": [note._asdict() for note in trial.notes],
    }


def show_comparison(portfolio: Portfolio, comparison: Comparison) -> None:
    """Show cases side by side."""
    lang = language()
    headers = [say("指標", "Measure"), *(name.to(lang) for name in comparison.names)]
    rows = [
        [row.item.to(lang), *(_word_trial_value(value, row.unit, portfolio, lang) for value in row.sides)]
        for row in comparison.rows
    ]
    show_table(headers, rows, (0,))
    for note in comparison.notes:
        click.echo(f"- {note.to(lang)}")


def comparison_json(portfolio: Portfolio, comparison: Comparison) -> dict[str, Any]:
    """Return cases side by side as JSON: amounts in whole currency units."""
    return {
        "run": portfolio.handle,
        "currency": portfolio.currency,
        "names": [name._asdict() for name in comparison.names],
        "rows": [
            {
                "code": row.code,
                "item": row.item._asdict(),
                "unit": row.unit,
                "values": [_make_plain_value(value, row.unit, portfolio) for value in row.sides],
            }
            for row in comparison.rows
        ],
        "notes": [note._asdict() for note in comparison.notes],
    }


def _make_plain_value(value: float | Text | None, unit: str, portfolio: Portfolio) -> object:
    if isinstance(value, Text):
        return value._asdict()
    return value / 10**portfolio.digits if unit == "money" and value is not None else value


def show_allocation(portfolio: Portfolio, found: Allocation) -> None:
    """Show hours now and recommended, what they bring, who is over-visited and what an hour is worth."""
    from engine.planning.allocation import named

    lang = language()
    goal = words.label("objectives", found.objective, lang)
    price, more, value = (
        money_text(amount, portfolio.currency, portfolio.digits, lang)
        for amount in (found.price, found.one_more_hour, found.value)
    )
    click.echo(f"{say('目的', 'Objective')}: {goal}  {say('配る時間', 'Hours')}: {found.capacity:g}")
    now = "" if found.value_now is None else money_text(found.value_now, portfolio.currency, portfolio.digits, lang)
    click.echo(
        say(
            f"時間で動く額: {f'今 {now} → ' if now else ''}推奨 {value}",
            f"Moved by hours: {f'now {now} → ' if now else ''}{value}",
        )
    )
    click.echo(
        say(
            f"1時間の価値: {price}。あと1時間あれば {more} 増えます",
            f"An hour is worth {price}; one more brings {more}",
        )
    )
    for title, positions in (
        (say("行き過ぎ(ごひいき先)", "Over-visited"), found.over),
        (say("不足", "Under-visited"), found.under),
    ):
        if positions:
            click.echo(f"{title}: {named(portfolio, positions).to(lang)}")
    _show_hours(portfolio, found, lang)
    for note in found.notes:
        click.echo(f"- {note.to(lang)}")


def _show_hours(portfolio: Portfolio, found: Allocation, lang: Lang) -> None:
    order = found.order.tolist()
    ends = order if len(order) <= 2 * _SHOWN else [*order[:_SHOWN], *order[-_SHOWN:]]
    headers = [
        say("顧客", "Customer"),
        say("現在h", "Now"),
        say("推奨h", "Recommended"),
        say("差", "Difference"),
        say("1時間の限界", "Next hour"),
    ]
    rows = []
    for at in ends:
        before = None if found.current is None else float(found.current[at])
        given = float(found.hours[at])
        rows.append(
            [
                str(portfolio.frame["name"].iloc[at]),
                number(before, lang, 1),
                number(given, lang, 1),
                delta(None if before is None else given - before, lang, 1),
                money(float(found.marginal[at]), portfolio.digits, lang),
            ]
        )
    show_table(headers, rows, (0,))
    if len(ends) < len(order):
        click.echo(say(f"ほか{len(order) - len(ends):,}社", f"and {len(order) - len(ends):,} more"))


def allocation_json(portfolio: Portfolio, found: Allocation) -> dict[str, Any]:
    """Return an allocation as JSON: amounts in whole currency units."""
    unit = 10**portfolio.digits
    ids, names = portfolio.frame["customer_id"].tolist(), portfolio.frame["name"].tolist()
    return {
        "run": portfolio.handle,
        "currency": portfolio.currency,
        "objective": found.objective,
        "capacity": found.capacity,
        "value": found.value / unit,
        "value_now": None if found.value_now is None else found.value_now / unit,
        "price_of_an_hour": found.price / unit,
        "one_more_hour": found.one_more_hour / unit,
        "over_visited": [ids[at] for at in found.over],
        "under_visited": [ids[at] for at in found.under],
        "customers": [
            {
                "customer_id": ids[at],
                "name": names[at],
                "hours_now": None if found.current is None else float(found.current[at]),
                "hours": float(found.hours[at]),
                "marginal": float(found.marginal[at]) / unit,
            }
            for at in found.order.tolist()
        ],
        "notes": [note._asdict() for note in found.notes],
    }


def show_frontier(found: Frontier) -> None:
    """Show risk and return of each group, today's mix beside the two to compare it with, and what they suggest."""
    lang = language()
    headers = (say("グループ", "Group"), say("平均伸び", "Growth"), say("変動", "Variation"), say("ベータ", "Beta"),
               say("現在", "Today"), say("最小分散", "Least variance"), say("同じ伸びで安定", "Steadiest at equal growth"))  # fmt: skip
    mixes = (found.current, found.safest, found.equal_return)
    rows = [
        (
            name.to(lang), percent(found.growth[at], lang), percent(found.deviation[at], lang),
            number(found.beta[at], lang, 2), *(percent(mix.weights[at], lang) for mix in mixes),
        )
        for at, name in enumerate(found.segments)
    ]  # fmt: skip
    rows += [
        (title, "", "", "", *(percent(value, lang) for value in values))
        for title, values in (
            (say("全体の平均伸び", "Growth of the mix"), [mix.growth for mix in mixes]),
            (say("全体の変動", "Variation of the mix"), [mix.deviation for mix in mixes]),
        )
    ]
    show_table(headers, rows, (0,))
    for text in (found.recommendation, *found.notes):
        click.echo(text.to(lang))


def frontier_json(portfolio: Portfolio, found: Frontier) -> dict[str, Any]:
    """Return the frontier as plain values."""

    def mix(each: Mix) -> dict[str, Any]:
        weights = dict(zip(found.groups, each.weights.tolist(), strict=True))
        return {"weights": weights, "growth": each.growth, "deviation": each.deviation}

    figures = zip(
        found.groups, found.segments, found.growth.tolist(), found.deviation.tolist(), found.beta.tolist(), strict=True
    )
    return {
        "run": portfolio.handle,
        "period": found.period,
        "n": found.n,
        "shrinkage": found.shrinkage,
        "groups": [
            {
                "group": group,
                "name": name._asdict(),
                "growth": growth,
                "deviation": deviation,
                "beta": _drop_infinite(beta),
            }
            for group, name, growth, deviation, beta in figures
        ],
        "current": mix(found.current),
        "safest": mix(found.safest),
        "equal_return": mix(found.equal_return),
        "points": [mix(each) for each in found.points],
        "recommendation": found.recommendation._asdict(),
        "notes": [note._asdict() for note in found.notes],
    }


def _drop_infinite(value: float) -> float | None:
    return value if math.isfinite(value) else None
