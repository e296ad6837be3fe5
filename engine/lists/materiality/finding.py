"""A finding that is worth money, and the ranked table of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from engine.language.errors import Text

KINDS: Final = (
    *("data", "lost", "shrinking", "loss_making", "overdue", "contract", "arrears", "risk", "dependent"),
    "opportunity",
)
"""Codes of the vocabulary's `finding_kinds`. Of two with equal money the first stands first."""
UPSIDE: Final = "opportunity"
"""The one kind that is about money that is not earned yet; all others are about money that is lost, or may be."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The facts behind a finding, by the names that the sentences of `findings.toml` use.

    Parameters
    ----------
    rule
        Key of the sentence.
    amounts
        Minor units.
    shares
        Parts of 1.
    numbers
        Counts and multiples.
    dates
        Days.
    words
        Names of products, tests and groups.
    """

    rule: str
    amounts: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    dates: Mapping[str, date] = field(default_factory=dict)
    words: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MaterialFinding:
    """One row of the table. Who decides reads codes and numbers; the texts are only shown.

    Parameters
    ----------
    kind
        One of `KINDS`.
    customers
        Positions of the customers concerned, the most money first; empty where it concerns the company's data.
    parts
        The expected money of each of `customers`; they sum to `expected`, but for roundings.
    amount
        What is at stake a year, minor units of the table's basis, above 0.
    sales
        The yearly sales behind it, minor units: what was lost or shrank, what is bought, what is unpaid; 0 where none are.
    probability
        0–1. Of several customers the mean, weighed by their amounts.
    probability_code
        Where it comes from: a code of the vocabulary's `finding_probabilities`.
    expected
        Expected money: amount × probability, minor units.
    low, high
        Ends of its 95 % interval, minor units, of what shrank the part beyond chance; None where it rests on no estimate.
    n
        Observations behind it; None where a fact needs none (a contract's end, books, a share of sales).
    thin
        Whether the evidence is too thin for a headline: an interval that reaches 0, or fewer than
        `materiality.least_evidence` observations and no interval.
    cause
        Typed facts.
    owner_code
        `rep` for the customer's own sales representative, else a code of the vocabulary's `finding_owners`.
    owner
        Its name. What concerns several customers, or the company, never is a sales representative's.
    due
        The day by which to act.
    known
        Whether the review before had this finding already; None without one.
    who, what
        The customers and the cause, for people.
    """

    kind: str
    customers: tuple[int, ...]
    parts: tuple[int, ...]
    amount: int
    sales: int
    probability: float
    probability_code: str
    expected: int
    low: int | None
    high: int | None
    n: int | None
    thin: bool
    cause: Cause
    owner_code: str
    owner: Text
    due: date
    known: bool | None
    who: Text
    what: Text

    @property
    def is_company_wide(self) -> bool:
        """Whether it is no matter of a single customer's sales representative."""
        return self.owner_code != "rep"


@dataclass(frozen=True)
class Findings:
    """All findings of a run, the most expected money first.

    Parameters
    ----------
    rows
        Ranked by expected money; equal ones by amount, then by kind (`KINDS`), then by the first customer's ID.
    basis
        What all amounts are measured in: `gross_profit` where any costs are known, else `sales`.
    whole
        That basis of the last twelve months, all customers together, minor units; those below 0 count as 0.
    least
        Expected money from which a finding is material (inclusive), minor units.
    summary
        One sentence: the head of the table, or that all is well.
    """

    rows: tuple[MaterialFinding, ...]
    basis: str
    whole: int
    least: int
    summary: Text

    @cached_property
    def material(self) -> tuple[MaterialFinding, ...]:
        """The rows whose expected money is material."""
        return tuple(row for row in self.rows if self.is_material(row))

    @cached_property
    def headlines(self) -> tuple[MaterialFinding, ...]:
        """The material rows whose evidence carries a headline."""
        return tuple(row for row in self.rows if self.is_headline(row))

    def is_material(self, row: MaterialFinding) -> bool:
        """Return whether a row's expected money is material."""
        return row.expected >= self.least

    def is_headline(self, row: MaterialFinding) -> bool:
        """Return whether a row is material, and its evidence carries a headline."""
        return self.is_material(row) and not row.thin

    @property
    def head(self) -> MaterialFinding | None:
        """What is to be told first; None where all is well."""
        return self.headlines[0] if self.headlines else None

    @property
    def all_is_well(self) -> bool:
        """Whether nothing is worth a headline."""
        return not self.headlines

    def rank(self, row: MaterialFinding) -> int:
        """Return the place of a row, from 1."""
        return self.rows.index(row) + 1
