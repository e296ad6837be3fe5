"""Explanations: the parts whose contributions add up to a score, and the rule behind a segment or a strategy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.definition.metrics import by_column, show
from engine.language import words
from engine.language.display import NOT_AVAILABLE, number
from engine.language.errors import Lang, Refusal, Text
from engine.runs.movement.matched import place_before
from engine.runs.movement.reasons import AlignedParts, factor_name
from engine.scoring.forecast.forecast import OWN_PAST
from engine.scoring.forecast.scorecard import is_scorecard
from engine.scoring.levels import AXES, CAP, CENTS, FLOOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.scoring.levels import AxisScores
    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a score.

    Parameters
    ----------
    factor
        The part's name.
    metric
        Its code.
    value
        What was measured; NaN where the data do not tell.
    display
        The value as people write it; 算出不可 where it is missing.
    basis
        基準: how points are read off the value.
    weight
        配点: the most that the part can contribute to this customer's score, in points; 0 where it has no data.
    contribution
        寄与: points, whole hundredths.
    change
        前回差: points against the run before, whole hundredths; None where there is nothing to compare with.
    """

    factor: Text
    metric: str
    value: float
    display: Text
    basis: Text
    weight: float
    contribution: float
    change: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A score and its parts; the contributions sum to the score exactly (in hundredths of a point).

    `score` is None where the score cannot be told; `sentence` says it all in one line. `change` is the score's change
    against the run before: the sum of the lines' changes, exactly; None where one of both scores is unknown.
    """

    axis: str
    score: float | None
    level: str
    lines: tuple[Line, ...]
    sentence: Text
    change: float | None = None


def explain(portfolio: Portfolio, position: int, axis: str = "total", before: Portfolio | None = None) -> Explanation:
    """Return why the customer at `position` has its score on `axis`.

    Parameters
    ----------
    position
        As `portfolio.position` returns it.
    axis
        total, value, continuity, growth or risk.
    before
        The run to compare with (`engine.runs.runs.previous`); the customer is found in it by its ID. A factor that only the
        earlier run had gets a line of its own, so that the changes add up.

    Raises
    ------
    Refusal
        `argument` for another axis.
    """
    if axis not in (*AXES, "total"):
        raise Refusal(
            "argument",
            f"「{words.label('axes', axis, 'ja')}」は説明できません(総合・価値・継続性・成長・リスク)",
            f'"{axis}" cannot be explained (total, value, continuity, growth, risk)',
        )
    scores = portfolio.axes[axis]
    lines = (
        _make_total_lines(portfolio, scores, position)
        if axis == "total"
        else _make_axis_lines(portfolio, scores, position)
    )
    cents = int(scores.cents[position])
    score = None if cents < 0 else cents / CENTS
    level = str(scores.levels[position])
    found = Explanation(axis, score, level, lines, _word_score_sentence(portfolio, position, axis, score, level, lines))
    return found if before is None else _compare_with_earlier_run(found, portfolio, position, before)


def _compare_with_earlier_run(
    found: Explanation, portfolio: Portfolio, position: int, before: Portfolio
) -> Explanation:
    """Return an explanation with the changes of its parts against an earlier run."""
    place = place_before(portfolio, position, before)
    now, then = portfolio.axes[found.axis], before.axes[found.axis]
    if place is None or now.cents[position] < 0 or then.cents[place] < 0:
        return found
    parts = AlignedParts(then, now, np.array([place]), np.array([position]))
    steps = dict(zip(parts.names, (int(step) for step in parts.steps[0]), strict=True))
    lines = [replace(line, change=steps.pop(line.metric, 0) / CENTS) for line in found.lines]
    lines += [_make_dropped_factor_line(name, step) for name, step in steps.items() if step]
    return replace(found, lines=tuple(lines), change=(int(now.cents[position]) - int(then.cents[place])) / CENTS)


def _make_dropped_factor_line(name: str, step: int) -> Line:
    """Return the line of a factor that counted in the earlier run only."""
    basis = Text("前回だけの要因", "counted before only")
    return Line(factor_name(name), name, float("nan"), NOT_AVAILABLE, basis, 0.0, 0.0, step / CENTS)


def _make_axis_lines(portfolio: Portfolio, scores: AxisScores, position: int) -> tuple[Line, ...]:
    if scores.typed[position]:
        points = float(scores.values[position, -1])
        level = words.text("levels", str(scores.levels[position]))
        return (
            Line(
                Text("手入力の判定", "Typed level"),
                "typed",
                points,
                level,
                Text(f"「{level.ja}」は{points:g}点", f"{level.en} counts {points:g} points"),
                points,
                int(scores.contributions[position, -1]) / CENTS,
            ),
        )
    parts = portfolio.definition.rules(f"axes.{scores.axis}")
    odds = is_scorecard(portfolio.definition, scores.axis)
    present = ~np.isnan(scores.values[position, : len(parts)])
    whole = float((scores.weights[: len(parts)] * present).sum())
    known = scores.cents[position] >= 0
    lines = []
    for place, part in enumerate(parts):
        metric, value = by_column(str(part["metric"])), float(scores.values[position, place])
        name = metric.name if metric else Text(str(part["metric"]), str(part["metric"]))
        corners = part["points"]
        at = [
            Text(show(metric, corner[0], portfolio, "ja"), show(metric, corner[0], portfolio, "en"))
            for corner in (corners[0], corners[-1])
        ]
        lines.append(
            Line(
                name,
                str(part["metric"]),
                value,
                Text(*(show(metric, value, portfolio, lang) if present[place] else text for lang, text in _NONE)),
                _word_base_of_odds(portfolio)
                if odds and part.get("kind") == "model"
                else Text(
                    f"{at[0].ja}で{corners[0][1]:g}点、{at[1].ja}で{corners[-1][1]:g}点",
                    f"{corners[0][1]:g} at {at[0].en}, {corners[-1][1]:g} at {at[1].en}",
                ),
                (
                    max(abs(float(corner[1])) for corner in corners)
                    if odds
                    else round(100 * scores.weights[place] / whole, 2)
                )
                if known and present[place]
                else 0.0,
                int(scores.contributions[position, place]) / CENTS,
            )
        )
    return (*lines, *_list_adjusting_lines(portfolio, scores, position)) if odds and known else tuple(lines)


def _word_base_of_odds(portfolio: Portfolio) -> Text:
    """Return how points are read off a probability."""
    double, even = (portfolio.definition.number(f"forecast.{name}") for name in ("points_to_double", "even_points"))
    return Text(
        f"五分五分で{even:g}点、オッズが2倍になるごとに+{double:g}点",
        f"{even:g} at even odds, {double:g} more each time the odds double",
    )


def _list_adjusting_lines(portfolio: Portfolio, scores: AxisScores, position: int) -> Iterator[Line]:
    """Yield what a scorecard adds besides its metrics: the own past, and what holds the score within its limits."""
    bases = {
        OWN_PAST: _word_own_past(portfolio),
        CAP: Text("点数は0〜100点", "points run from 0 to 100"),
        FLOOR: Text(
            "売上の大きい赤字・減少の顧客は「中」以上", "a larger loss-making or shrinking customer is Medium at least"
        ),
    }
    for name, basis in bases.items():
        place = scores.metrics.index(name)
        contribution = int(scores.contributions[position, place]) / CENTS
        if name != OWN_PAST and not contribution:
            continue
        value = float(scores.values[position, place])
        shown = (
            Text(f"{value:.1%}", f"{value:.1%}")
            if name == OWN_PAST
            else Text(number(value, "ja", 1), number(value, "en", 1))
        )
        yield Line(words.text("score_parts", name), name, value, shown, basis, 0.0, contribution)


def _word_own_past(portfolio: Portfolio) -> Text:
    """Return what the own past rests on."""
    card = portfolio.forecast.cards["lost"] if portfolio.forecast is not None else None
    if card is None:
        return Text("自社の過去の離脱から推定", "estimated on the own past")
    if not card.rows:
        least = portfolio.definition.number("forecast.least_events")
        return Text(
            f"過去の離脱と継続が各{least:g}件に満たないため補正なし",
            f"fewer than {least:g} losses and as many others in the past: no correction",
        )
    return Text(
        f"過去の延べ{card.rows:,}社のうち離脱{card.events:,}件から推定",
        f"estimated on {card.events:,} losses among {card.rows:,} customers of the past",
    )


_NONE: tuple[tuple[Lang, str], ...] = (("ja", "算出不可"), ("en", "n/a"))


def _make_total_lines(portfolio: Portfolio, scores: AxisScores, position: int) -> tuple[Line, ...]:
    values = scores.values[position]
    present = ~np.isnan(values) & (scores.weights > 0)
    whole = float((scores.weights * present).sum())
    purpose = words.text("purposes", portfolio.purpose)
    lines = []
    for place, axis in enumerate(AXES):
        turned = Text("100−リスク点", "100 − risk score") if axis == "risk" else Text("軸の点", "score of the axis")
        lines.append(
            Line(
                words.text("axes", axis),
                axis,
                float(values[place]),
                Text(*(f"{values[place]:.1f}" if present[place] else text for _, text in _NONE)),
                Text(f"{turned.ja}×目的「{purpose.ja}」の重み", f'{turned.en} × weight for "{purpose.en}"'),
                round(float(100 * scores.weights[place] / whole), 2) if present[place] else 0.0,
                int(scores.contributions[position, place]) / CENTS,
            )
        )
    return tuple(lines)


def _word_score_sentence(
    portfolio: Portfolio, position: int, axis: str, score: float | None, level: str, lines: tuple[Line, ...]
) -> Text:
    name, word = str(portfolio.frame["name"].iloc[position]), words.text("axes", axis)
    if score is None:
        missing = [line.factor for line in lines if np.isnan(line.value)]
        return Text(
            f"{name}の{word.ja}は算出不可です(データなし: {'、'.join(each.ja for each in missing)})",
            f"{word.en} of {name} is not available (no data: {', '.join(each.en for each in missing)})",
        )
    grade = words.text("levels", level)
    strongest = sorted((line for line in lines if line.contribution), key=lambda line: -line.contribution)[:3]
    ja = "、".join(f"{line.factor.ja} {line.display.ja}(+{line.contribution:.1f})" for line in strongest) or "加点なし"
    en = (
        ", ".join(f"{line.factor.en} {line.display.en} (+{line.contribution:.1f})" for line in strongest) or "no points"
    )
    return Text(
        f"{name}の{word.ja}は{grade.ja}({score:.1f}点): {ja}", f"{word.en} of {name} is {grade.en} ({score:.1f}): {en}"
    )
