"""The main reason for a customer's move: the factor of its scores, or the metric of its scheme, that changed most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from engine.definition.metrics import by_column, show
from engine.language import words
from engine.language.errors import Lang, Text
from engine.scoring.levels import AXES, CENTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.levels import AxisScores
    from engine.scoring.portfolio import Portfolio

# What a scheme looks at, where it is not the levels.
_METRICS: Final = {
    "rfm": ("recency_days", "orders", "sales_12m"),
    "cpm": ("recency_days", "span_days", "orders", "sales_total"),
    "abc": ("sales_12m",),
    "decile": ("sales_12m",),
    "lifecycle": ("recency_days", "overdue_ratio", "tenure_days", "growth_rate"),
}
_APPEARED: Final = Text("前回の実行にない顧客", "not in the run before")
_VANISHED: Final = Text("今回の実行にない顧客", "not in this run")
_SAME: Final = Text("数値は同じ(ほかの顧客か基準の変化)", "same figures (other customers or thresholds changed)")


def main_reasons(
    before: Portfolio, after: Portfolio, old: NDArray[np.intp], new: NDArray[np.intp], by: str
) -> list[Text]:
    """Return one reason per customer.

    Parameters
    ----------
    old, new
        The customers' positions in the two runs; -1 where a customer is not in one.
    by
        The scheme or axis that the customers moved in.
    """
    both = (old >= 0) & (new >= 0)
    found = iter(
        _find_metric_reasons(before, after, old[both], new[both], _METRICS[by])
        if by in _METRICS
        else _find_axis_reasons(before, after, old[both], new[both], (by,) if by in AXES else AXES)
    )
    return [
        next(found) if there else (_VANISHED if place >= 0 else _APPEARED)
        for there, place in zip(both, old, strict=True)
    ]


def _find_metric_reasons(
    before: Portfolio, after: Portfolio, old: NDArray[np.intp], new: NDArray[np.intp], names: tuple[str, ...]
) -> list[Text]:
    """Name the metric whose value changed most against its size; one that became known or unknown comes first."""
    then = np.column_stack([_read_float_column(before, name)[old] for name in names])
    now = np.column_stack([_read_float_column(after, name)[new] for name in names])
    size = np.maximum(np.abs(np.nan_to_num(then)), np.abs(np.nan_to_num(now)))
    change = np.abs(np.nan_to_num(now) - np.nan_to_num(then)) / np.where(size > 0, size, 1)
    change = np.where(np.isnan(then) != np.isnan(now), 2.0, change)
    most = change.argmax(axis=1)
    return [
        _word_factor_change(names[place], then[row, place], now[row, place], before, after)
        if change[row, place] > 0
        else _SAME
        for row, place in enumerate(most)
    ]


def _read_float_column(run: Portfolio, name: str) -> NDArray[np.float64]:
    return run.frame[name].to_numpy(np.float64, na_value=np.nan)


def _find_axis_reasons(
    before: Portfolio, after: Portfolio, old: NDArray[np.intp], new: NDArray[np.intp], axes: tuple[str, ...]
) -> list[Text]:
    """Name the axis whose score changed most, and of it the factor whose contribution changed most."""
    cents = [(before.axes[axis].cents[old], after.axes[axis].cents[new]) for axis in axes]
    change = np.column_stack(
        [np.abs(np.maximum(now, 0) - np.maximum(then, 0)) + (now < 0) + (then < 0) for then, now in cents]
    )
    most = change.argmax(axis=1)
    result = [_SAME] * len(old)
    for number, axis in enumerate(axes):
        chosen = np.flatnonzero((most == number) & (change[:, number] > 0))
        parts = AlignedParts(before.axes[axis], after.axes[axis], old[chosen], new[chosen])
        strongest = np.abs(parts.steps).argmax(axis=1)
        for row, part, place in zip(chosen, strongest, range(len(chosen)), strict=True):
            factor = _word_factor_change(
                parts.names[part], parts.then[place, part], parts.now[place, part], before, after
            )
            then, now = (_word_score_points(int(each[row])) for each in cents[number])
            word = words.text("axes", axis)
            result[row] = Text(
                f"{word.ja} {then.ja}→{now.ja}({factor.ja})", f"{word.en} {then.en} → {now.en} ({factor.en})"
            )
    return result


def _word_score_points(cents: int) -> Text:
    return Text("不明", "unknown") if cents < 0 else Text(f"{cents / CENTS:.1f}点", f"{cents / CENTS:.1f}")


def _word_factor_change(name: str, then: float, now: float, before: Portfolio, after: Portfolio) -> Text:
    factor = factor_name(name)
    shown = [_word_factor_value(name, value, run) for value, run in ((then, before), (now, after))]
    return Text(
        f"{factor.ja} {shown[0].ja}→{shown[1].ja}",
        f"{factor.en} {shown[0].en} → {shown[1].en}",
    )


def factor_name(name: str) -> Text:
    """Return a factor's name as people read it."""
    metric = by_column(name)
    if name in words.codes("score_parts"):
        return words.text("score_parts", name)
    return metric.name if metric else Text(name, name)


def _word_factor_value(name: str, value: float, run: Portfolio) -> Text:
    if np.isnan(value):
        return Text("算出不可", "n/a")
    if name in ("typed", "cap", "floor"):
        return Text(f"{value:g}点", f"{value:g}")
    if name == "own_past":
        return Text(f"{value:.1%}", f"{value:.1%}")
    languages: tuple[Lang, Lang] = ("ja", "en")
    return Text(*(show(by_column(name), float(value), run, lang) for lang in languages))


class AlignedParts:
    """The parts of one axis in two runs, side by side by their metric: a definition may have dropped or added some.

    `names` are the metrics; `then` and `now` their values, `steps` the change of their contributions in hundredths of a
    point, shape (customers, names). The steps of a customer sum to the change of its score.
    """

    def __init__(self, before: AxisScores, after: AxisScores, old: NDArray[np.intp], new: NDArray[np.intp]) -> None:
        self.names = tuple(dict.fromkeys((*after.metrics, *before.metrics)))
        shape = (len(old), len(self.names))
        self.then, self.now = np.full(shape, np.nan), np.full(shape, np.nan)
        self.steps = np.zeros(shape, dtype=np.int64)
        for scores, rows, values, sign in ((before, old, self.then, -1), (after, new, self.now, 1)):
            for part, name in enumerate(scores.metrics):
                place = self.names.index(name)
                values[:, place] = scores.values[rows, part]
                self.steps[:, place] += sign * scores.contributions[rows, part]
