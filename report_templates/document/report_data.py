"""What several sections read off one Portfolio: totals, groups, names, periods. Read once, never changed.

And how a section asks the engine for what the data may be too few to carry.

Decision 0235: why there is no share of less than nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from engine.customers.order_metrics import windows
from engine.language.errors import Refusal
from engine.scoring.alerts import VERDICTS
from engine.scoring.concentration import group_sales
from report_templates.texts.formatting import Money, day, known
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, plain, say
from report_templates.texts.typeface import GETA, brief, printable, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from engine.language.errors import Text
    from engine.scoring.alerts import Alert
    from engine.scoring.portfolio import Portfolio

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Group:
    """A customer with its subsidiaries: what the law calls one customer."""

    position: int
    name: Text
    sales: float
    share: float


@dataclass(frozen=True)
class Reading:
    """One Portfolio, as the sections read it.

    Parameters
    ----------
    portfolio
        The run.
    frame
        Its scored customers; read only.
    money
        The unit of all amounts in tables and titles.
    before
        The earlier run to compare with, or None.
    """

    portfolio: Portfolio
    frame: pd.DataFrame
    money: Money
    before: Portfolio | None = None

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.frame)

    @cached_property
    def total(self) -> float | None:
        """Sales of the last twelve months in minor units, or None where no customer has any."""
        return known(self.frame["sales_12m"].sum(min_count=1))

    @property
    def places(self) -> int:
        """Decimals of amounts that are compared with the total."""
        return self.money.places([self.total])

    @cached_property
    def covered(self) -> bool:
        """Whether the orders reach back far enough to tell of the year before."""
        if self.portfolio.orders is None or not len(self.portfolio.orders):
            return False
        start = windows(self.portfolio.as_of).previous_12_months[0]
        grace = timedelta(days=self.portfolio.definition.number("growth.grace_days"))
        return bool(self.portfolio.orders["date"].min().date() <= start + grace)

    @cached_property
    def previous(self) -> float | None:
        """Sales of the twelve months before, or None where the data do not reach back."""
        return known(self.frame["sales_prev_12m"].sum(min_count=1)) if self.covered else None

    @property
    def divisible(self) -> bool:
        """Whether shares of all sales mean anything: returns may outweigh what was sold."""
        return self.total is not None and self.total > 0

    @cached_property
    def growth(self) -> float | None:
        """Change of the total on the year before, 0.05 = 5 %; None unless there were sales the year before."""
        if self.total is None or self.previous is None or self.previous <= 0:
            return None
        return self.total / self.previous - 1

    @cached_property
    def sales(self) -> pd.Series[float]:
        """Sales of the last twelve months per customer, 0 where unknown."""
        return self.frame["sales_12m"].astype("Float64").fillna(0.0).astype(np.float64)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Customers rolled up to the top of their group, largest first, those without sales left out."""
        sums = group_sales(self.portfolio)
        bought = sums[sums > 0]
        whole = float(bought.sum())
        return tuple(
            Group(int(position), self.name(int(position)), float(value), float(value) / whole)
            for position, value in zip(bought.index.to_numpy(), bought.to_numpy(), strict=True)
        )

    @cached_property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts that fired, the gravest first."""
        fired = [alert for alert in self.portfolio.alerts if alert.fires]
        return tuple(sorted(fired, key=lambda alert: VERDICTS.index(alert.verdict)))

    @property
    def untold(self) -> int:
        """Number of tests that the data cannot carry."""
        return sum(alert.verdict == "unavailable" for alert in self.portfolio.alerts)

    @cached_property
    def period(self) -> Text:
        """The period of all sales, as titles say it."""
        if self.portfolio.orders is None:
            return say("report.period_typed")
        first, last = windows(self.portfolio.as_of).last_12_months
        return say("report.period", start=day(first), end=day(last))

    @cached_property
    def newest(self) -> date | None:
        """The newest date among the sources."""
        dates = [source.newest for source in self.portfolio.sources if source.newest is not None]
        return max(dates, default=None)

    @cached_property
    def _shown(self) -> tuple[str, ...]:
        """Every customer's name as it can be printed; equal names get their ID."""
        names = [printable(name) for name in self.frame["name"]]
        seen = Counter(names)
        identities = self.frame["customer_id"]
        return tuple(
            f"{name} [{printable(str(identity))}]" if seen[name] > 1 else name or printable(str(identity))
            for name, identity in zip(names, identities, strict=True)
        )

    @property
    def unprintable(self) -> int:
        """Number of names in which a character had to be replaced."""
        return sum(GETA in name for name in self._shown)

    def name(self, position: int, ems: int | None = None) -> Text:
        """Return a customer's name as the report prints it, at most `ems` wide."""
        return plain(shortened(self._shown[position], limit("priority_name") if ems is None else ems))

    def brief(self, position: int, ems: int) -> Text:
        """Return a customer's name for a chart or an enumeration, its legal form as one sign."""
        return plain(shortened(brief(self._shown[position]), ems))

    def quoted(self, position: int) -> Text:
        """Return a customer's name for a sentence."""
        return say("word.quoted", name=self.brief(position, 18))

    def names(self, positions: Any, most: int) -> Text:
        """Return the first `most` of several names, and how many more there are."""
        listed = [self.brief(int(position), 14) for position in list(positions)[:most]]
        rest = len(positions) - len(listed)
        if rest > 0:
            listed.append(say("word.rest", n=Count(rest)))
        return joined(tuple(listed))

    def by_sales(self, mask: Any) -> list[int]:
        """Return the positions that `mask` marks, the largest sales first."""
        chosen = self.sales[np.asarray(mask, dtype=bool)]
        return [int(position) for position in chosen.sort_values(ascending=False, kind="stable").index]

    def level(self, axis: str, level: str) -> list[int]:
        """Return the customers whose `axis` is at `level`, the largest sales first."""
        return self.by_sales((self.frame[f"level_{axis}"] == level).to_numpy(dtype=bool))

    def sum_of(self, positions: list[int]) -> float:
        """Return the sales of some customers in minor units."""
        return float(self.sales.iloc[positions].sum())

    def share_of(self, positions: list[int]) -> float | None:
        """Return the share of some customers in all sales, or None without sales."""
        return self.sum_of(positions) / self.total if self.total is not None and self.divisible else None

    def owner(self, position: int) -> Text | None:
        """Return who looks after a customer, or None where the table does not say."""
        value = self.frame["owner"].iloc[position] if "owner" in self.frame.columns else None
        name = printable(str(value)) if known_text(value) else ""
        return plain(shortened(name, 9)) if name else None


def known_text(value: Any) -> bool:
    """Return whether a cell of a frame holds a text."""
    return isinstance(value, str) and bool(value.strip())


def read(portfolio: Portfolio, before: Portfolio | None = None) -> Reading:
    """Return a reading of `portfolio`, compared with the earlier run `before` where there is one."""
    frame = portfolio.customers
    total = known(frame["sales_12m"].sum(min_count=1))
    return Reading(portfolio, frame, Money.fitting(total, portfolio.currency, portfolio.digits), before)


def answered(ask: Callable[[], Answer]) -> Answer | Refusal:
    """Return an answer of the engine, or the refusal where the data are too few for one; other refusals pass."""
    try:
        return ask()
    except Refusal as refusal:
        if refusal.kind != "too_little_data":
            raise
        return refusal


def answered_or_none(ask: Callable[[], Answer]) -> Answer | None:
    """Return an answer of the engine, None where the data are too few for one and the page need not say why."""
    found = answered(ask)
    return None if isinstance(found, Refusal) else found
