"""The metric dictionary: names, units, definitions and the column behind each metric and period."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.display import number, percent
from engine.language.errors import Lang, Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.scoring.portfolio import Portfolio

_CHANGES: Final = frozenset({"growth_rate", "half_year_rate", "market_growth", "margin_change"})


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry of the dictionary.

    Parameters
    ----------
    unit
        money (minor units), count, days, date, rate (0.05 = 5 %), ratio, score, per_month, flag (1 or 0).
    columns
        Period code → column of `portfolio.frame`; the first is the default period.
    """

    code: str
    name: Text
    unit: str
    definition: Text
    columns: Mapping[str, str]
    aliases: tuple[str, ...]


@cache
def dictionary() -> tuple[Metric, ...]:
    """Return every metric, in the dictionary's order."""
    document = tomllib.loads(files("engine.definition").joinpath("metrics.toml").read_text(encoding="utf-8"))
    return tuple(
        Metric(
            code,
            Text(entry["ja"], entry["en"]),
            entry["unit"],
            Text(entry["define"]["ja"], entry["define"]["en"]),
            entry["columns"],
            tuple(entry.get("aliases", ())),
        )
        for code, entry in document.items()
    )


@cache
def _index_metrics() -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for metric in dictionary():
        for word in (metric.code, *metric.name, *metric.aliases, *metric.columns.values()):
            found.setdefault(words.normalise(word), metric)
    return found


@cache
def by_column(column: str) -> Metric | None:
    """Return the metric that `column` of the frame holds, or None."""
    named = next((metric for metric in dictionary() if metric.code == column), None)
    return named or next((metric for metric in dictionary() if column in metric.columns.values()), None)


def lookup(word: str) -> Metric | None:
    """Return the metric that `word` means, or None."""
    return _index_metrics().get(words.normalise(word))


def find_metric(word: str) -> Metric:
    """Return the metric that `word` means.

    Raises
    ------
    Refusal
        `argument`, naming the near metrics, or all of them.
    """
    metric = lookup(word)
    if metric is not None:
        return metric
    close = get_close_matches(words.normalise(word), _index_metrics(), n=4, cutoff=0.5)
    near = tuple(dict.fromkeys(_index_metrics()[match].name for match in close)) or tuple(
        each.name for each in dictionary()
    )
    raise Refusal(
        "argument",
        f"指標「{word}」はありません(使える語: {'・'.join(name.ja for name in near)})",
        f'there is no metric "{word}" (use: {", ".join(name.en for name in near)})',
    )


def column_of(metric: Metric, period: str | None = None) -> str:
    """Return the column for the period word (直近12か月, 今年度 …); None takes the metric's default.

    Parameters
    ----------
    metric
        As `find_metric` returns it.
    period
        A word of the vocabulary's `periods`; blank counts as None.

    Raises
    ------
    Refusal
        `argument` for an unknown period, or one that the metric does not have.
    """
    if period is None or not period.strip():
        return next(iter(metric.columns.values()))
    code = words.resolve("periods", period, Text("期間", "period"))
    if code in metric.columns:
        return metric.columns[code]
    own = [words.text("periods", each) for each in metric.columns]
    raise Refusal(
        "argument",
        f"指標「{metric.name.ja}」に期間「{period}」はありません(使える期間: {'・'.join(each.ja for each in own)})",
        f'the metric "{metric.name.en}" has no period "{period}" (use: {", ".join(each.en for each in own)})',
    )


def show(metric: Metric | None, value: float, portfolio: Portfolio, lang: Lang) -> str:
    """Return a metric's value as people write it; a rate of change always has its sign: 前年比+3%, not 3% of last year's.

    Parameters
    ----------
    metric
        None writes the value as a ratio (`1.25倍`).
    value
        In the metric's unit: rates as fractions (0.03 = 3 %), money in minor units, flags as 0 or 1.
    portfolio
        The run, which knows the currency and the unit of money.
    """
    unit = metric.unit if metric else "ratio"
    if unit == "rate":
        written = percent(value, lang)
        rising = metric is not None and metric.code in _CHANGES and value > 0 and written.strip("0.%") != ""
        return f"+{written}" if rising else written
    if unit == "money":
        return portfolio.money(value, lang)
    if unit == "days":
        return f"{number(value, lang, 0 if float(value).is_integer() else 1)}{'日' if lang == 'ja' else ' days'}"
    if unit == "flag":
        return ("あり" if value else "なし") if lang == "ja" else ("yes" if value else "no")
    if unit == "ratio":
        return f"{number(value, lang, 2)}{'倍' if lang == 'ja' else '×'}"
    if unit == "score":
        return number(value, lang, 1)
    if unit == "per_month":
        return f"{number(value, lang, 1)}{'件/月' if lang == 'ja' else ' a month'}"
    return number(value, lang)
