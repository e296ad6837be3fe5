"""Ordered rule tables: the first row whose conditions all hold decides. Compiled once, applied to whole columns."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.definition.definition import Definition

NO_MATCH: Final = -1

_OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_COMPARISON: Final = re.compile(r"^\s*(<=|>=|==|<|>)\s*(\S+)\s*$")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one column: a comparison with a number, or membership in a set of codes.

    A missing value (NaN, or a code outside the set) never satisfies a condition.
    """

    column: str
    comparison: str | None
    number: float
    members: frozenset[str]

    def holds(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Return, for each value of the column, whether the condition holds."""
        if self.comparison is None:
            return np.isin(values, list(self.members))
        with np.errstate(invalid="ignore"):  # NaN compares as False, which is what "missing" must do
            return np.asarray(_OPERATORS[self.comparison](values.astype(np.float64), self.number), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class RuleTable:
    """A compiled table: for each rule its conditions, all of which must hold."""

    name: str
    rules: tuple[tuple[Condition, ...], ...]

    def first_match(self, columns: Mapping[str, NDArray[Any]], count: int) -> NDArray[np.intp]:
        """Return for each row the number of the first rule that holds (from 0), or `NO_MATCH`.

        Parameters
        ----------
        columns
            Arrays of length `count`: numbers (NaN = missing) or codes.
        count
            Number of rows; needed because a rule without conditions reads no column.
        """
        result = np.full(count, NO_MATCH, dtype=np.intp)
        for number, conditions in enumerate(self.rules):
            open_rows = result == NO_MATCH
            if not open_rows.any():
                break
            for condition in conditions:
                open_rows &= condition.holds(columns[condition.column])
            result[open_rows] = number
        return result


def compile_rules(
    name: str, rules: Sequence[Mapping[str, Any]], definition: Definition, columns: Sequence[str]
) -> RuleTable:
    """Compile the `when` tables of `rules`.

    Parameters
    ----------
    name
        The table's key in the definition, for messages.
    rules
        Each with a table `when`: column → code, list of codes, or comparison such as `"< 90"` or
        `"< cpm.beginner_days"`.
    columns
        The columns that a condition may name.

    Raises
    ------
    Refusal
        `missing_definition` for an unknown column or an unreadable condition.
    """
    compiled = []
    for number, rule in enumerate(rules, start=1):
        unknown = [column for column in rule.get("when", {}) if column not in columns]
        if unknown:
            raise Refusal(
                "missing_definition",
                f"規則「{name}.{number}」の条件「{unknown[0]}」は使えません(使える語: {'・'.join(columns)})",
                f'rule "{name}.{number}" names "{unknown[0]}" (use: {", ".join(columns)})',
            )
        compiled.append(
            tuple(
                _compile_condition(f"{name}.{number}", column, text, definition)
                for column, text in rule["when"].items()
            )
        )
    return RuleTable(name, tuple(compiled))


def _compile_condition(where: str, column: str, written: object, definition: Definition) -> Condition:
    if isinstance(written, list):
        return Condition(column, None, np.nan, frozenset(str(member) for member in written))
    if isinstance(written, (int, float)) and not isinstance(written, bool):
        return Condition(column, "==", float(written), frozenset())
    match = _COMPARISON.match(str(written))
    if match is None:
        if str(written).strip()[:1] in ("<", ">", "="):
            raise Refusal(
                "missing_definition",
                f"規則「{where}」の条件「{column} {written}」が読めません(例: < 90、>= cpm.lapse_days)",
                f'rule "{where}": the condition "{column} {written}" cannot be read (for example: < 90)',
            )
        return Condition(column, None, np.nan, frozenset([str(written)]))
    sign, operand = match.groups()
    try:
        number = float(operand)
    except ValueError:
        number = definition.number(operand)
    return Condition(column, sign, number, frozenset())
