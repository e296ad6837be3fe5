"""The frozen Portfolio: everything that a cell, a button, the command or the report shows is read off it.

Decision 0007: why what is measured later hangs on the run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Final, TypeVar, cast

import numpy as np
import pandas as pd

from engine.cleaning.customer_names import AMBIGUOUS, UNKNOWN, Directory
from engine.cleaning.source import newest_of
from engine.definition import scheme_names
from engine.language.display import money_text
from engine.language.errors import Finding, Lang, Refusal, Text
from engine.scoring.forecast.scorecard import is_scorecard

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Source, Tables
    from engine.definition.definition import Definition
    from engine.scoring.alerts.alert import Alert
    from engine.scoring.forecast import Forecast
    from engine.scoring.levels import AxisScores
    from engine.scoring.schemes.base import Assignment

IDENTITY: Final = ("customer_id", "name", "parent_id", "industry", "region", "size", "owner", "channel")
SCHEMES: Final = (
    *("standard", "rfm", "cpm", "abc", "decile", "lifecycle"),
    *("vol16", "vol16_cell", "headroom", "share_growth", "potential", "growth_share"),
)

_BY_WEIGHTS: Final = Text(
    "リスクは定義の配点(axes.risk)による判定で、離脱確率によるものではありません。"
    "設定シートの axes.risk の行を消すと、予測による判定になります",
    "risk is graded by the weights of the definition (axes.risk), not by the probability of a loss; without the rows axes.risk "
    "of the settings it is graded by the forecast",
)

Derived = TypeVar("Derived")
_deriving = RLock()  # Excel may call from several threads; one measure may be made out of another


@dataclass(frozen=True, eq=False)
class Portfolio:
    """One scored run.

    Parameters
    ----------
    handle
        Short name such as `PF-20261122-7f3a9c`: equal input, equal handle.
    hash
        SHA-256 over the clean data, the definition and the as-of date.
    as_of
        The as-of date; every window ends there, end inclusive.
    tier
        T0 customer table only, T1 with orders, T2 with costs, contacts or surveys.
    purpose
        The purpose's code; it weighs the total score.
    definition
        The definition that was used.
    tables
        The clean input that was scored; its frames are not to be changed.
    frame
        One row per customer: identity, metrics (`engine.customers.order_metrics`), scores and levels (`engine.scoring.levels`), segments
        (`engine.scoring.schemes`). Not to be changed; `customers` hands out copies.
    axes
        The scores on value, continuity, growth, risk and total, with their contributions.
    assignments
        The schemes' results, with cut points and refusals.
    strategies
        For each customer the number of its strategy rule, from 0.
    group_of
        For each customer the position of the top of its group.
    alerts
        The tests of risk (`engine.scoring.alerts`).
    forecast
        What is to be expected of every customer; None in a run read back from the store, whose `frame` holds its columns.
    """

    handle: str
    hash: str
    as_of: date
    tier: str
    purpose: str
    definition: Definition
    tables: Tables
    frame: pd.DataFrame
    axes: Mapping[str, AxisScores]
    assignments: Mapping[str, Assignment]
    strategies: NDArray[np.intp]
    group_of: NDArray[np.intp]
    alerts: tuple[Alert, ...] = field(default=())
    forecast: Forecast | None = field(default=None, repr=False)
    _derived: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.frame)

    @property
    def customers(self) -> pd.DataFrame:
        """A copy of the scored customer table."""
        return self.frame.copy()

    @property
    def currency(self) -> str:
        """The currency's code, "" where it is not known."""
        return self.tables.currency

    @property
    def digits(self) -> int:
        """Digits of the currency's minor unit: yen 0, dollar 2."""
        return self.tables.digits

    @property
    def orders(self) -> pd.DataFrame | None:
        """The clean orders, or None."""
        return self.tables.orders

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed in the input."""
        return self.tables.findings

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where the rows came from."""
        return self.tables.sources

    def once(self, key: Hashable, make: Callable[[], Derived]) -> Derived:
        """Return what `make` gives, making it only at the first call with `key`.

        A fitted model or a retention table costs a second, and a sheet asks for it in ten thousand cells. A run never
        changes, so neither does what is derived from it. A refusal is made only once as well, and raised each time.

        Parameters
        ----------
        key
            The function's name and every argument that the result depends on.
        make
            Makes the result out of this portfolio alone.
        """
        with _deriving:
            if key not in self._derived:
                try:
                    self._derived[key] = make()
                except Refusal as refusal:
                    self._derived[key] = refusal
            found = self._derived[key]
        if isinstance(found, Refusal):
            raise found.with_traceback(None)
        return cast("Derived", found)

    @property
    def notes(self) -> tuple[Text, ...]:
        """What the schemes want the reader to know, and that リスク is graded by weights where the definition still says so."""
        told = () if self.forecast is None or is_scorecard(self.definition, "risk") else (_BY_WEIGHTS,)
        return (*told, *(note for assignment in self.assignments.values() for note in assignment.notes))

    @property
    def cuts(self) -> dict[str, tuple[float, ...]]:
        """Every cut point that was used; a definition can freeze the RFM ones under `rfm.frozen_…`."""
        return {name: cut for each in self.assignments.values() for name, cut in each.cuts.items()}

    @property
    def newest(self) -> date | None:
        """The newest order date, or None without orders."""
        if self.orders is None:  # a stored run may have kept where its orders came from, though not the orders
            return newest_of(self.sources).get("orders")
        if self.orders.empty:
            return None
        return pd.Timestamp(self.orders["date"].max()).date()

    @property
    def age_days(self) -> int | None:
        """Days from the newest order to the as-of date, or None without orders."""
        return None if self.newest is None else (self.as_of - self.newest).days

    @property
    def stale(self) -> bool:
        """Whether the newest order is older than `freshness.orders_days`."""
        return self.age_days is not None and self.age_days > self.definition.number("freshness.orders_days")

    @property
    def stale_sources(self) -> tuple[tuple[str, int, int], ...]:
        """The dated tables whose newest row is older than `freshness.…_days`: table, days before the as-of date, limit."""
        found = []
        for table, newest in newest_of(self.sources).items():
            age, limit = (self.as_of - newest).days, self.definition.number(f"freshness.{table}_days")
            if age > limit:
                found.append((table, age, int(limit)))
        return tuple(found)

    @cached_property
    def reconciliation(self) -> pd.DataFrame:
        """Rows read, used and listed per sheet or file; columns table, source, read, used, listed, open (always 0)."""
        unused: dict[tuple[str, str], set[int]] = {}
        for each in self.findings:
            if each.severity == "error" and each.row is not None:
                unused.setdefault((each.table, each.source), set()).add(each.row)  # a row may have several
        rows = []
        for source in self.sources:
            listed = len(unused.get((source.table, source.source), ())) - source.rows_partly
            open_rows = source.rows_read - source.rows_used - listed
            rows.append((source.table, source.source, source.rows_read, source.rows_used, listed, open_rows))
        return pd.DataFrame(rows, columns=["table", "source", "read", "used", "listed", "open"])

    def money(self, minor: float | None, lang: Lang) -> str:
        """Return an amount for a sentence, with its unit.

        Parameters
        ----------
        minor
            Minor units of the portfolio's currency; None where unknown.
        lang
            `ja` or `en`.
        """
        return money_text(minor, self.currency, self.digits, lang)

    def require_scheme(self, scheme: str) -> Assignment:
        """Return the scheme's result.

        Raises
        ------
        Refusal
            `missing_definition` for an unknown scheme, `too_little_data` where the data cannot carry it.
        """
        assignment = self.assignments.get(scheme)
        if assignment is None:
            raise Refusal("missing_definition", f"分類「{scheme}」は定義にありません", f'no scheme "{scheme}"')
        if assignment.refused is not None:
            raise Refusal("too_little_data", *assignment.refused)
        return assignment

    @property
    def schemes(self) -> tuple[str, ...]:
        """The codes of all schemes, a planner's own included."""
        return tuple(self.assignments)

    def scheme_code(self, word: str) -> str:
        """Return the scheme that a word means.

        Raises
        ------
        Refusal
            `argument` for an unknown word; the message lists the schemes.
        """
        found = scheme_names.find_scheme(self.definition, word)
        if found is None:
            raise scheme_names.unknown_scheme(self.definition, word)
        return found

    def scheme_text(self, scheme: str) -> Text:
        """Return a scheme's name in both languages."""
        return scheme_names.scheme_text(self.definition, scheme)

    def segment_text(self, scheme: str, code: str) -> Text:
        """Return the name of a scheme's group in both languages.

        Parameters
        ----------
        scheme
            Code of a built-in scheme, or of a planner's own.
        code
            Code of a segment of that scheme.
        """
        return scheme_names.segment_text(self.definition, scheme, code)

    def segment_codes(self, scheme: str) -> tuple[str, ...]:
        """Return the codes of a scheme's groups in their usual order, 未分類 last."""
        return scheme_names.segment_codes(self.definition, scheme)

    @cached_property
    def _customer_directory(self) -> Directory:
        """The customers under all their keys: cells and orders find a customer in one and the same way."""
        return Directory(self.frame["customer_id"].tolist(), self.frame["name"].tolist())

    def position(self, customer: str) -> int:
        """Return the position of the customer with this ID or name.

        Width, case, spaces and 株式会社/(株)/㈱ do not matter; an ID wins over a name, a whole name over one
        without its legal form, and that over an ID without leading zeros (a number cell loses them).

        Raises
        ------
        Refusal
            `unknown_customer` naming the nearest names, `ambiguous_customer` naming the candidates with their IDs.
        """
        word = str(customer)
        found = self._customer_directory.find(word)
        if found == AMBIGUOUS:
            raise self._refuse_ambiguous_name(word, self._customer_directory.candidates(word))
        if found == UNKNOWN:
            raise self._refuse_unknown_customer(word)
        return found

    def positions(self, customers: Sequence[str]) -> NDArray[np.intp]:
        """Return the positions of several customers; raises as `position` does."""
        return np.array([self.position(customer) for customer in customers], dtype=np.intp)

    def _refuse_ambiguous_name(self, word: str, hits: Sequence[int]) -> Refusal:
        named = [f"{self.frame['customer_id'].iloc[hit]} {self.frame['name'].iloc[hit]}" for hit in hits[:5]]
        return Refusal(
            "ambiguous_customer",
            f"「{word}」に当たる顧客が{len(hits)}社あります。IDで指定してください({'、'.join(named)})",
            f'"{word}" fits {len(hits)} customers; give the ID ({", ".join(named)})',
        )

    def _refuse_unknown_customer(self, word: str) -> Refusal:
        close = self._customer_directory.near(word)
        hint_ja, hint_en = (f"(近い候補: {'、'.join(close)})", f" (near: {', '.join(close)})") if close else ("", "")
        return Refusal(
            "unknown_customer",
            f"「{word}」は顧客表にありません{hint_ja}",
            f'"{word}" is not in the customer table{hint_en}',
        )
