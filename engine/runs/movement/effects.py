"""How far the data and how far the definition moved the customers between two runs.

Decision 0141: why joint effects are shared evenly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.runs.movement import Mover, movement
from engine.runs.movement.matched import ABSENT, OUTSIDE, Pair, codes_of, match, names_of, sales_of
from engine.scoring.scoring import run_hash, score

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.language.errors import Text
    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Effects:
    """How far the data and the definition changed each group, in customers and in sales.

    Every array has one entry per group, in the order of `groups`; old + data + definition + program = new, exactly.
    `sales` are the same five in minor units. The movers carry their `cause`.

    Notes
    -----
    With n(D, F) the groups that definition F makes of data D, the effect of the data is the mean of the two orders in
    which both can be changed (Shapley 1953, two players): ½[n(D₁,F₀) − n(D₀,F₀) + n(D₁,F₁) − n(D₀,F₁)], that of the
    definition ½[n(D₀,F₁) − n(D₀,F₀) + n(D₁,F₁) − n(D₁,F₀)]. Halves stand for customers that only both together move.
    The program's effect is what scoring the same data with the same definition gives otherwise today than it did then.
    """

    by: str
    names: Mapping[str, Text]
    old: NDArray[np.float64]
    data: NDArray[np.float64]
    definition: NDArray[np.float64]
    program: NDArray[np.float64]
    new: NDArray[np.float64]
    sales: tuple[NDArray[np.float64], ...]
    movers: tuple[Mover, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The group codes."""
        return tuple(self.names)

    def word(self, code: str) -> Text:
        """Return a group's name; 新規 and 離脱 for a mover that is in one run only."""
        return OUTSIDE.get(code) or self.names[code]


def effects(before: Portfolio, after: Portfolio, by: str = "standard") -> Effects:
    """Return how far the data and how far the definition moved the customers between two runs.

    The old data are scored with the new definition and the new data with the old one.

    Raises
    ------
    Refusal
        As `movement`; `too_little_data` where the definitions differ and a stored run kept only its scores.
    """
    key = ("effects", before.hash, before.tables.kept, by)
    return after.once(key, lambda: _attribute_movement(before, after, by))


def _attribute_movement(before: Portfolio, after: Portfolio, by: str) -> Effects:
    moved = movement(before, after, by)
    today = [_rescore_with_todays_program(run) for run in (before, after)]
    crossed = [
        _rescore_under_other_definition(today[0], today[1]),
        _rescore_under_other_definition(today[1], today[0]),
    ]  # old data new definition; the reverse
    runs = (before, after, *today, *crossed)
    codes = [codes_of(run, by) for run in runs]
    names = names_of(by, before, after, codes)
    groups = tuple(names)
    counts = [_sum_per_group(each, groups, None) for each in codes]
    money = [_sum_per_group(each, groups, sales_of(run)) for each, run in zip(codes, runs, strict=True)]
    old, data, definition, program, new = _split_change_by_cause(counts)
    causes = _classify_causes_of_all(match(before, after), codes)
    movers = tuple(replace(each, cause=causes[each.customer_id]) for each in moved.movers)
    return Effects(by, names, old, data, definition, program, new, _split_change_by_cause(money), movers)


def _rescore_with_todays_program(run: Portfolio) -> Portfolio:
    """Return the run as today's program scores it; the run itself where that is the same, or cannot be known."""
    if run.tables.kept == "scored" or run_hash(run.tables, run.definition, run.as_of) == run.hash:
        return run
    return score(run.tables, run.definition, run.as_of)


def _rescore_under_other_definition(data: Portfolio, rules: Portfolio) -> Portfolio:
    """Return the data of one run under the definition of the other."""
    if data.definition == rules.definition:
        return data
    if data.tables.kept != "scored" and run_hash(data.tables, rules.definition, data.as_of) == rules.hash:
        return rules  # equal data
    return score(data.tables, rules.definition, data.as_of)


def _sum_per_group(
    codes: NDArray[np.object_], groups: tuple[str, ...], weights: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    number = pd.Index(groups).get_indexer(pd.Index(codes, dtype=object))
    result = np.zeros(len(groups), dtype=np.int64)
    np.add.at(result, number, 1 if weights is None else weights)
    return result


def _split_change_by_cause(each: list[NDArray[np.int64]]) -> tuple[NDArray[np.float64], ...]:
    """Return old, data, definition, program and new of the six runs' sums; halves are exact in binary."""
    old, new, old_today, new_today, old_data_new_rules, new_data_old_rules = each
    data = ((new_data_old_rules - old_today) + (new_today - old_data_new_rules)) / 2
    definition = ((old_data_new_rules - old_today) + (new_today - new_data_old_rules)) / 2
    program = ((new - new_today) - (old - old_today)).astype(np.float64)
    return old.astype(np.float64), data, definition, program, new.astype(np.float64)


def _classify_causes_of_all(pair: Pair, codes: list[NDArray[np.object_]]) -> dict[str, str]:
    """Return by customer ID what moved it: what alone leads from where it was to where it is.

    Who is in one run only came or went with the data.
    """
    _, _, old, new, new_rules, new_data = codes
    ids = [[str(each) for each in run.frame["customer_id"]] for run in (pair.before, pair.after)]
    causes: dict[str, str] = {}
    for at, to in zip(pair.old.tolist(), pair.new.tolist(), strict=True):
        if to == ABSENT:
            causes[ids[0][at]] = "data"
        else:
            causes[ids[1][to]] = (
                "data" if at == ABSENT else _classify_cause(old[at], new[to], new_data[to], new_rules[at])
            )
    return causes


def _classify_cause(old: str, new: str, new_data: str, new_rules: str) -> str:
    if old == new:
        return "program"  # today's program would have seen no move
    if new_data == new and new_rules == old:
        return "data"
    return "definition" if new_rules == new and new_data == old else "both"
