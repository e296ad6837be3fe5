"""Painted grids: two axes, each cut into classes, and a code painted on every cell.

One engine answers 成長余力, シェア伸び, VOL16, Performance × Potential and whatever a planner paints for himself: axes, cuts
and paint stand in the definition under `schemes`. It is the common shape of the sales-side matrices (Fiocca 1982; the
GE/McKinsey grid).

Decision 0130: why sales-side matrices are painted grids.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.definition import metrics
from engine.definition.scheme_names import scheme_text
from engine.language import words
from engine.language.errors import Refusal, Text
from engine.language.quantities import read_quantity
from engine.scoring.cuts import classify
from engine.scoring.schemes.abc import abc
from engine.scoring.schemes.base import Assignment, Facts

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REST: Final = "unclassified"
_LEVELS: Final = ("low", "mid", "high")
_MULTIPLE: Final = re.compile(r"(mean|平均|median|中央値)(?:[*×x](\d+(?:\.\d+)?))?$")
_PERCENTILE: Final = re.compile(r"p(\d{1,2})$")
_LAST_A: Final = "last_a"


@dataclass(frozen=True, slots=True)
class _GridAxis:
    """One axis: what it is called, its cuts in the metric's own unit, and each customer's class from 1; 0 is missing."""

    name: Text
    cuts: tuple[float, ...]
    classes: NDArray[np.int64]

    @property
    def number(self) -> int:
        return len(self.cuts) + 1


def paint(facts: Facts, scheme: str) -> Assignment:
    """Return the group of every customer by the grid `schemes.<scheme>` of the definition.

    Classes hold their lower cut. A customer for whom an axis cannot be told is 未分類; where that is every customer the
    scheme is refused, naming the metric that is missing. The classes are kept as `<scheme>_x` and `<scheme>_y`, from 1.

    Parameters
    ----------
    scheme
        Code of the painted scheme; its entries are `schemes.<scheme>.x`, `.y`, `.x_cuts`, `.y_cuts` and `.grid`.

    Raises
    ------
    Refusal
        `missing_definition` for an unknown metric, a cut that cannot be read, or a grid that does not fit its cuts; the
        message names the entry, and the row of the grid.
    """
    across, up = _classify_on_axis(facts, scheme, "x"), _classify_on_axis(facts, scheme, "y")
    grid = _read_painted_grid(facts, scheme, across.number, up.number)
    known = (across.classes > 0) & (up.classes > 0)
    segments = np.full(facts.count, _REST, dtype=object)
    segments[known] = grid[up.number - up.classes[known], across.classes[known] - 1]
    title = scheme_text(facts.definition, scheme)
    return Assignment(
        segments,
        {
            f"schemes.{scheme}.{side}": axis.cuts
            for side, axis in (("x", across), ("y", up))
            if axis.cuts and np.isfinite(axis.cuts).all()
        },
        refused=None
        if known.any()
        else _word_missing_axes(title, [axis for axis in (across, up) if not axis.classes.any()]),
        scores={f"{scheme}_x": across.classes, f"{scheme}_y": up.classes},
    )


def hinted(painted: Assignment, hint: Text) -> Assignment:
    """Return a painted scheme; where it is refused, with what the planner can do about it.

    Parameters
    ----------
    painted
        A painted scheme, refused or not.
    hint
        What to add or to change, as a sentence.
    """
    if painted.refused is None:
        return painted
    refused = Text(f"{painted.refused.ja}。{hint.ja}", f"{painted.refused.en}; {hint.en}")
    return replace(painted, refused=refused)


def _word_missing_axes(title: Text, missing: list[_GridAxis]) -> Text:
    ja, en = "・".join(each.name.ja for each in missing), ", ".join(each.name.en for each in missing)
    if not missing:
        return Text(f"{title.ja}の両方の軸がそろう顧客がいません", f"{title.en}: no customer has both axes")
    return Text(f"{title.ja}には{ja}が必要です(どの顧客にもありません)", f"{title.en} needs {en} (no customer has it)")


def _read_painted_grid(facts: Facts, scheme: str, columns: int, rows: int) -> NDArray[np.object_]:
    key = f"schemes.{scheme}.grid"
    painted = [str(row).split() for row in facts.definition.value(key)]
    if len(painted) != rows:
        raise Refusal(
            "missing_definition",
            f"定義「{key}」は{rows}行必要です(縦軸の区分の数。今は{len(painted)}行)",
            f'the entry "{key}" needs {rows} rows, one per class of the vertical axis (there are {len(painted)})',
        )
    for number, row in enumerate(painted, start=1):
        if len(row) != columns:
            raise Refusal(
                "missing_definition",
                f"定義「{key}」の{number}行目は{columns}区分必要です(横軸の区分の数。今は「{' '.join(row)}」の{len(row)}区分)",
                f'row {number} of "{key}" needs {columns} cells, one per class of the horizontal axis '
                f'(there are {len(row)}: "{" ".join(row)}")',
            )
    return np.array(painted, dtype=object)


def _classify_on_axis(facts: Facts, scheme: str, side: str) -> _GridAxis:
    key = f"schemes.{scheme}.{side}"
    word = str(facts.definition.value(key))
    written = facts.definition.value(f"{key}_cuts")
    if not word and side == "y":
        return _GridAxis(Text("", ""), (), np.ones(facts.count, dtype=np.int64))
    axis = words.find("axes", word)
    if axis is not None and axis in facts.scores:
        values = facts.scores[axis]
        written = written or [facts.definition.number(f"levels.{level}") for level in ("mid", "high")]
        cuts = _read_axis_cuts(facts, f"{key}_cuts", written, values, 1.0)
        return _GridAxis(words.text("axes", axis), cuts, classify(values, cuts))
    metric, column = _find_axis_metric(facts, key, word)
    values = facts.array(column)
    unit = 10.0**facts.digits if metric.unit == "money" else 1.0
    cuts = _read_axis_cuts(facts, f"{key}_cuts", written, values, unit)
    classes = classify(values, cuts)
    told = facts.told.get(column)
    if told is not None and len(cuts) + 1 == len(_LEVELS):
        for number, level in enumerate(_LEVELS, start=1):
            classes[(classes == 0) & (told == level)] = number
    return _GridAxis(metric.name, cuts, classes)


def _find_axis_metric(facts: Facts, key: str, word: str) -> tuple[metrics.Metric, str]:
    try:
        metric = metrics.find_metric(word)
    except Refusal as refusal:
        raise Refusal(
            "missing_definition", f"定義「{key}」: {refusal.text.ja}", f'the entry "{key}": {refusal.text.en}'
        ) from refusal
    column = metrics.column_of(metric)
    if column not in facts.metrics.columns or facts.metrics[column].dtype.kind not in "iuf":
        raise Refusal(
            "missing_definition",
            f"定義「{key}」の「{word}」は数値でないため軸にできません",
            f'"{word}" in the entry "{key}" is not a number and cannot be an axis',
        )
    return metric, column


def _read_axis_cuts(
    facts: Facts, key: str, written: list[Any], values: NDArray[np.float64], unit: float
) -> tuple[float, ...]:
    """Return the cuts, rising; plain numbers must be written that way, computed ones are put in order."""
    cuts = [_compute_axis_cut(facts, key, each, values, unit) for each in written]
    fixed = [cut for each, cut in zip(written, cuts, strict=True) if not _is_computed(each)]
    if fixed != sorted(set(fixed)):
        raise Refusal(
            "missing_definition",
            f"定義「{key}」の区切りは小さい順に、重なりなく書いてください(今の値: {'、'.join(map(str, written))})",
            f'the cuts of "{key}" must rise (now: {", ".join(map(str, written))})',
        )
    return tuple(sorted(cuts))


def _is_computed(written: object) -> bool:
    return isinstance(written, str) and (read_quantity(written) is None or _parse_percentile(written) is not None)


def _parse_percentile(written: object) -> int | None:
    match = _PERCENTILE.match(words.normalise(written)) if isinstance(written, str) else None
    return int(match.group(1)) if match else None


def _compute_axis_cut(facts: Facts, key: str, written: object, values: NDArray[np.float64], unit: float) -> float:
    known = values[~np.isnan(values)]
    if isinstance(written, (int, float)):
        return float(written) * unit
    text = words.normalise(str(written))
    percentile = _parse_percentile(written)
    multiple = _MULTIPLE.match(text)
    if text == _LAST_A or multiple or percentile is not None:
        if not len(known):
            return math.inf
        if percentile is not None:
            return float(np.percentile(known, percentile))
        if multiple is None:
            return _find_last_of_abc_class_a(facts, values)
        middle = known.mean() if multiple.group(1) in ("mean", "平均") else np.median(known)
        return float(middle) * float(multiple.group(2) or 1)
    quantity = read_quantity(text)
    if quantity is None:
        raise Refusal(
            "missing_definition",
            f"定義「{key}」の区切り「{written}」が読めません(例: 100万、30%、平均×1.5、中央値、p75)",
            f'the cut "{written}" of "{key}" cannot be read (for example: 1000000, 30%, mean*1.5, median, p75)',
        )
    return float(quantity.number) * (1.0 if quantity.percent else unit)


def _find_last_of_abc_class_a(facts: Facts, values: NDArray[np.float64]) -> float:
    """Return the value of the A-rank customer with the least sales; infinite where none is known."""
    sales = facts.array("sales_12m")
    ranked = np.flatnonzero((abc(facts).segments == "a") & ~np.isnan(values))
    return float(values[ranked[np.argmin(sales[ranked])]]) if len(ranked) else math.inf
