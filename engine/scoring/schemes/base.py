"""What a scheme reads and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.definition.rule_tables import compile_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.language.errors import Text


@dataclass(frozen=True, slots=True)
class Facts:
    """What the schemes may read of the customers.

    Parameters
    ----------
    metrics
        The metrics of `engine.customers.order_metrics`.
    levels
        Level codes by axis.
    definition
        Thresholds, rules and grids.
    currency, digits
        The currency and the digits of its minor unit.
    scores
        Scores 0–100 by axis, the total included; NaN where there is none.
    told
        Level codes typed instead of a metric's number, by the metric's column; None where none is typed.
    conditions
        What a strategy rule may ask besides the axes (`engine.scoring.levels.conditions_of`), as codes.
    """

    metrics: pd.DataFrame
    levels: Mapping[str, NDArray[np.object_]]
    definition: Definition
    currency: str
    digits: int
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    told: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    conditions: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)

    def array(self, metric: str) -> NDArray[np.float64]:
        """Return the metric as float64, NaN where missing."""
        return self.metrics[metric].to_numpy(np.float64, na_value=np.nan)

    @property
    def count(self) -> int:
        """Number of customers."""
        return len(self.metrics)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The group of every customer.

    Parameters
    ----------
    segments
        Codes, one per customer.
    cuts
        The cut points that were used, by name; a definition may freeze them.
    notes
        What the reader should know, such as that fixed thresholds replaced quintiles.
    refused
        Why the scheme cannot be answered for these data, or None.
    scores
        Further columns, such as `rfm_r`.
    """

    segments: NDArray[np.object_]
    cuts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    refused: Text | None = None
    scores: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


def by_rules(
    facts: Facts, table: str, columns: Mapping[str, NDArray[np.float64] | NDArray[np.object_]], default: str
) -> NDArray[np.object_]:
    """Return the `then` code of the first rule of `table` that holds for each customer; `default` where none does.

    Parameters
    ----------
    facts
        What the schemes may read.
    table
        Name of the table of rules in the definition; each has `when` and `then`.
    columns
        What the rules may ask, by name: numbers (NaN where missing) or codes, one per customer.
    default
        Code of those for whom no rule holds.
    """
    rules = facts.definition.rules(table)
    matched = compile_rules(table, rules, facts.definition, tuple(columns)).first_match(columns, facts.count)
    outcomes = np.array([str(rule["then"]) for rule in rules] + [default], dtype=object)
    return outcomes[matched]  # NO_MATCH is -1: the last entry, the default
