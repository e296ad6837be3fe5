"""Movement between two runs: who went where and why, the bridge of customers, and what a new definition would move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.definition.scheme_names import find_scheme
from engine.language import words
from engine.language.errors import Refusal, Text
from engine.runs.movement.matched import (
    ABSENT,
    APPEARED,
    OUTSIDE,
    VANISHED,
    Pair,
    codes_of,
    comparable,
    match,
    names_of,
    numbered,
    sales_of,
    taken,
)
from engine.runs.movement.reasons import main_reasons
from engine.scoring.levels import AXES
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

__all__ = [
    "APPEARED",
    "VANISHED",
    "Bridge",
    "Movement",
    "Mover",
    "Preview",
    "bridge",
    "movement",
    "preview",
    "resolve_by",
]

_ACTIVE: Final = ("active", "new", "returned")
_BY: Final = Text("分類か軸", "scheme or axis")


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer that stands in another group than before, appeared or vanished.

    Parameters
    ----------
    customer_id, name
        As in the later run; as in the earlier one for a customer that vanished.
    before, after
        Group codes; `appeared` and `vanished` where it was or is in neither.
    score
        The total score now; None where it is unknown or the customer is gone.
    change
        Its change in points; None where one of both is unknown.
    reason
        What changed most for it (`engine.runs.movement.reasons`).
    cause
        data, definition, both or program (code of `move_causes`); "" where it was not asked for.
    """

    customer_id: str
    name: str
    before: str
    after: str
    score: float | None
    change: float | None
    reason: Text
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """The transition matrix between two runs, and who moved.

    Parameters
    ----------
    by
        The scheme, or the axis whose levels are compared.
    names
        Group codes in their usual order, with their names.
    counts, sales_before, sales_after
        Rows are the groups before, then those that appeared; columns are the groups after, then those that vanished. A
        row of counts sums to the old count of its group, a column to the new one. Sales are minor units of the twelve
        months of each run; unknown sales count 0.
    movers
        The largest sales first.
    """

    by: str
    names: Mapping[str, Text]
    counts: NDArray[np.int64]
    sales_before: NDArray[np.int64]
    sales_after: NDArray[np.int64]
    movers: tuple[Mover, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The group codes."""
        return tuple(self.names)

    def rows(self) -> tuple[str, ...]:
        """Return the codes of the matrix's rows."""
        return (*self.groups, APPEARED)

    def columns(self) -> tuple[str, ...]:
        """Return the codes of the matrix's columns."""
        return (*self.groups, VANISHED)

    def word(self, code: str) -> Text:
        """Return a group's name; 新規 and 離脱 for the margins."""
        return OUTSIDE.get(code) or self.names[code]


@dataclass(frozen=True, slots=True)
class Bridge:
    """期首 + 新規 + 復帰 − 離脱 = 期末, in active customers and their sales of twelve months (minor units).

    `start`, `new`, `returned`, `left` and `end` are pairs of customers and sales; the sales' step that neither comes nor
    goes is `grown`, the change of those that stayed.
    """

    start: tuple[int, int]
    new: tuple[int, int]
    returned: tuple[int, int]
    left: tuple[int, int]
    grown: int
    end: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a definition would change, before it is adopted: the movement of every scheme that both can answer."""

    portfolio: Portfolio
    movements: dict[str, Movement]
    sentence: Text


def resolve_by(portfolio: Portfolio, word: str) -> str:
    """Return the scheme or axis that a word means; a planner's own schemes are among them.

    Raises
    ------
    Refusal
        `argument`; the message lists the words.
    """
    scheme, axis = find_scheme(portfolio.definition, word), words.find("axes", word)
    if scheme is not None:
        return scheme
    if axis is not None and axis in AXES:
        return axis
    choices = [portfolio.scheme_text(code) for code in portfolio.schemes]
    choices += [words.text("axes", code) for code in AXES]
    raise Refusal(
        "argument",
        f"{_BY.ja}「{word}」は使えません(使える語: {'・'.join(each.ja for each in choices)})",
        f'{_BY.en} "{word}" is not known (use: {", ".join(each.en for each in choices)})',
    )


def movement(before: Portfolio, after: Portfolio, by: str = "standard") -> Movement:
    """Return who moved between two runs.

    Parameters
    ----------
    before, after
        The runs; customers are matched by their ID.
    by
        A scheme, or an axis for its levels (`resolve_by`).

    Raises
    ------
    Refusal
        `missing_definition` or `too_little_data` where a run has no such scheme, `argument` for another currency.
    """
    comparable(before, after)
    pair = match(before, after)
    codes = [codes_of(run, by) for run in (before, after)]
    names = names_of(by, before, after, codes)
    groups = tuple(names)
    rows = numbered(codes[0], pair.old, groups)
    columns = numbered(codes[1], pair.new, groups)
    sales = [taken(sales_of(run), places, 0) for run, places in ((before, pair.old), (after, pair.new))]
    shape = (len(groups) + 1, len(groups) + 1)
    cells = np.ravel_multi_index((rows, columns), shape)
    counts, *money = (_sum_into_cells(cells, weights, shape) for weights in (np.ones(len(cells), np.int64), *sales))
    return Movement(by, names, counts, money[0], money[1], _list_movers(pair, by, rows, columns, groups, sales))


def _sum_into_cells(cells: NDArray[np.intp], weights: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return exact sums of whole numbers per cell."""
    result = np.zeros(shape[0] * shape[1], dtype=np.int64)
    np.add.at(result, cells, weights)
    return result.reshape(shape)


def _list_movers(
    pair: Pair,
    by: str,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    groups: tuple[str, ...],
    sales: list[NDArray[np.int64]],
) -> tuple[Mover, ...]:
    moved = np.flatnonzero(rows != columns)  # those that appeared or vanished among them
    order = moved[np.argsort(-np.maximum(sales[0], sales[1])[moved], kind="stable")]
    scores = [_take_total_score_cents(run, places) for run, places in ((pair.before, pair.old), (pair.after, pair.new))]
    reasons = main_reasons(pair.before, pair.after, pair.old[order], pair.new[order], by)
    found = []
    for place, reason in zip(order, reasons, strict=True):
        run, at = (pair.after, pair.new[place]) if pair.new[place] != ABSENT else (pair.before, pair.old[place])
        now, then = scores[1][place], scores[0][place]
        found.append(
            Mover(
                customer_id=str(run.frame["customer_id"].iloc[at]),
                name=str(run.frame["name"].iloc[at]),
                before=(*groups, APPEARED)[rows[place]],
                after=(*groups, VANISHED)[columns[place]],
                score=None if now < 0 else now / 100,
                change=None if now < 0 or then < 0 else (now - then) / 100,
                reason=reason,
            )
        )
    return tuple(found)


def _take_total_score_cents(run: Portfolio, places: NDArray[np.intp]) -> list[int]:
    """Return the total scores in hundredths; -1 where there is none."""
    return [int(each) for each in taken(run.axes["total"].cents, places, -1)]


def bridge(before: Portfolio, after: Portfolio) -> Bridge:
    """Return how the number of active customers and their sales came from one run to the other.

    Active is who is 稼働, 新規 or 復帰. Who becomes active counts as 復帰 where the earlier run knew it as lapsed, else as
    新規; who is active no more, or gone from the table, has left.

    Raises
    ------
    Refusal
        `too_little_data` where a run has no orders, `argument` for another currency.
    """
    comparable(before, after)
    pair = match(before, after)
    states = [run.frame["state"].to_numpy(object) for run in (before, after)]
    if any((each == "unknown").all() for each in states):
        raise Refusal(
            "too_little_data",
            "顧客数の増減には、両方の実行に取引表が必要です",
            "the bridge of customers needs the orders in both runs",
        )
    active = [
        taken(np.isin(each.astype(str), _ACTIVE).astype(np.int64), places, 0).astype(bool)
        for each, places in zip(states, (pair.old, pair.new), strict=True)
    ]
    lapsed = taken((states[0] == "lapsed").astype(np.int64), pair.old, 0).astype(bool)
    sales = [taken(sales_of(run), places, 0) for run, places in ((before, pair.old), (after, pair.new))]
    gained, stayed = active[1] & ~active[0], active[1] & active[0]
    return Bridge(
        start=_sum_count_and_sales(active[0], sales[0]),
        new=_sum_count_and_sales(gained & ~lapsed, sales[1]),
        returned=_sum_count_and_sales(gained & lapsed, sales[1]),
        left=_sum_count_and_sales(active[0] & ~active[1], sales[0]),
        grown=int((sales[1] - sales[0])[stayed].sum()),
        end=_sum_count_and_sales(active[1], sales[1]),
    )


def _sum_count_and_sales(chosen: NDArray[np.bool_], sales: NDArray[np.int64]) -> tuple[int, int]:
    return int(chosen.sum()), int(sales[chosen].sum())


def preview(portfolio: Portfolio, definition: Definition) -> Preview:
    """Return what another definition would make of a run's data, before it is adopted.

    Raises
    ------
    Refusal
        Where the data cannot be scored with it.
    """
    tried = score(portfolio.tables, definition, portfolio.as_of)
    schemes = [
        name
        for name, assignment in portfolio.assignments.items()
        if assignment.refused is None and name in tried.assignments and tried.assignments[name].refused is None
    ]
    found = {by: movement(portfolio, tried, by) for by in (*schemes, *AXES)}
    return Preview(tried, found, _word_movement_headline(tried, {by: len(found[by].movers) for by in schemes}))


def _word_movement_headline(portfolio: Portfolio, moved: dict[str, int]) -> Text:
    """Return the sentence: how many customers move in the standard scheme, and in which others."""
    first, *others = sorted(moved, key=lambda by: by != "standard")
    named = [(portfolio.scheme_text(by), moved[by]) for by in others if moved[by]]
    ja = "、".join(f"{name.ja} {count:,}社" for name, count in named)
    en = ", ".join(f"{name.en} {count:,}" for name, count in named)
    count = moved[first]
    return Text(
        (f"この変更で{count:,}社が移動します" if count else "この変更で移動する顧客はありません")
        + (f"(ほかの分類: {ja})" if ja else ""),
        (f"this change moves {count:,} customer{'' if count == 1 else 's'}" if count else "this change moves nobody")
        + (f" (other schemes: {en})" if en else ""),
    )
