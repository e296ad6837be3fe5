"""What a test of the portfolio is: the facts that it found, and how they are told.

Decision 0004: why a test says what would clear it.
Decision 0306: why facts stand before their sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.language.errors import Text

Kind = Literal["share", "index", "count", "evenness"]
"""What a test's value and limit are: a share of 1, an index (HHI), a number of customers, an entropy from 0 to 1."""

VERDICTS: Final = ("severe", "warning", "caution", "ok", "unavailable")
WORST_FIRST: Final = ("severe", "warning", "caution")
CULPRITS: Final = 5
KINDS: Final[dict[str, Kind]] = {
    "dependence": "share",
    "concentration": "index",
    "single": "share",
    "few": "count",
    "spread": "count",
    "diversity": "evenness",
    "bias": "index",
    "at_risk": "share",
}
"""Test → what it measures."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a test found beside its value, by the names that the sentences of `alerts.toml` use.

    Parameters
    ----------
    amounts
        Minor units.
    shares
        Parts of 1.
    numbers
        Counts and indices.
    words
        Names of groups and measures.
    customers
        Positions of the customers that the cause names, in its order.
    """

    amounts: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, Text] = field(default_factory=dict)
    customers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """One test. Who decides reads the facts; the texts are only shown (`engine.scoring.alerts.wording` writes them).

    Parameters
    ----------
    code
        The test, a code of the vocabulary's `alerts`.
    kind
        What value and limit are.
    value
        The measured number, or None where it cannot be told.
    limit
        The threshold that was passed, or the first one; None where the value cannot be told.
    verdict
        severe 重大, warning 警告, caution 注意, ok 該当なし, unavailable 算出不可.
    culprits
        Positions of the customers responsible, the largest first, at most five.
    cause_rule
        What the cause is: a key of `causes` in `alerts.toml`.
    clear_rules
        What would end the alert, one after the other: keys of `clears`; empty where there is nothing to end.
    facts
        Amounts, shares, numbers and customers behind cause and clearing.
    item, measure
        Its name, and what is measured.
    display
        The value as people write it.
    threshold
        The limit in words.
    cause
        One sentence naming them, or the input that is missing.
    clear
        解消条件: what would end the alert; blank where there is none.
    source
        Where the threshold comes from; ‡ marks our own choice.
    """

    code: str
    kind: Kind
    value: float | None
    limit: float | None
    verdict: str
    culprits: tuple[int, ...]
    cause_rule: str
    clear_rules: tuple[str, ...]
    facts: Facts
    item: Text
    measure: Text
    display: Text
    threshold: Text
    cause: Text
    clear: Text
    source: Text

    @property
    def fires(self) -> bool:
        """Whether the test failed."""
        return self.verdict in WORST_FIRST

    @property
    def names_culprits(self) -> bool:
        """Whether the cause already names the first of the customers responsible."""
        return bool(self.culprits) and self.culprits[0] in self.facts.customers
