"""The frozen Portfolio: everything that a cell, a button, the command or the report shows is read off it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine import schemes, words
from engine.alerts import Alert, find_alerts
from engine.concentration import roll_up
from engine.customers import customer_metrics
from engine.definition import Definition, load_definition
from engine.display import money_text
from engine.errors import Finding, Lang, Refusal, Text
from engine.levels import AXES, AxisScores, score_axes, total_scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.tables import Source, Tables

__all__ = ["IDENTITY", "SCHEMES", "Portfolio", "score"]

IDENTITY: Final = ("customer_id", "name", "parent_id", "industry", "region", "size", "owner", "channel")
SCHEMES: Final = ("standard", "rfm", "cpm", "abc", "decile", "lifecycle")
_SCORING: Final = "1"  # raise it whenever the same data and definition give other scores: it is part of the run's hash
_HANDLE_DIGITS: Final = 6


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
    currency, digits
        Currency code ("" unknown) and its minor-unit digits.
    frame
        One row per customer: identity, metrics (`engine.customers`), scores and levels (`engine.levels`), segments
        (`engine.schemes`). Not to be changed; `customers` hands out copies.
    axes
        The scores on value, continuity, growth, risk and total, with their contributions.
    assignments
        The schemes' results, with cut points and refusals.
    strategies
        For each customer the number of its strategy rule, from 0.
    group_of
        For each customer the position of the top of its group.
    orders
        The clean orders, or None.
    findings, sources
        What was noticed in the input, and where the rows came from.
    """

    handle: str
    hash: str
    as_of: date
    tier: str
    purpose: str
    definition: Definition
    currency: str
    digits: int
    frame: pd.DataFrame
    axes: Mapping[str, AxisScores]
    assignments: Mapping[str, schemes.Assignment]
    strategies: NDArray[np.intp]
    group_of: NDArray[np.intp]
    orders: pd.DataFrame | None
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    alerts: tuple[Alert, ...] = field(default=())

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.frame)

    @property
    def customers(self) -> pd.DataFrame:
        """A copy of the scored customer table."""
        return self.frame.copy()

    @property
    def notes(self) -> tuple[Text, ...]:
        """What the schemes want the reader to know."""
        return tuple(note for assignment in self.assignments.values() for note in assignment.notes)

    @property
    def cuts(self) -> dict[str, tuple[float, ...]]:
        """Every cut point that was used; a definition can freeze the RFM ones under `rfm.frozen_…`."""
        return {name: cut for each in self.assignments.values() for name, cut in each.cuts.items()}

    @property
    def newest(self) -> date | None:
        """The newest order date, or None without orders."""
        if self.orders is None or self.orders.empty:
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

    @cached_property
    def reconciliation(self) -> pd.DataFrame:
        """Rows read, used and listed per input table; columns table, source, read, used, listed, open (always 0)."""
        rows = []
        for source in self.sources:
            listed = len({each.row for each in self.findings if _unused(each, source)})  # a row may have several
            open_rows = source.rows_read - source.rows_used - listed
            rows.append((source.table, source.source, source.rows_read, source.rows_used, listed, open_rows))
        return pd.DataFrame(rows, columns=["table", "source", "read", "used", "listed", "open"])

    def money(self, minor: float | None, lang: Lang) -> str:
        """Return an amount for a sentence, with its unit."""
        return money_text(minor, self.currency, self.digits, lang)

    def require_scheme(self, scheme: str) -> schemes.Assignment:
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

    @cached_property
    def _keys(self) -> dict[str, list[int]]:
        """Every key under which a customer is found: its ID first, then its name without the legal form."""
        found: dict[str, list[int]] = {}
        for position, identity in enumerate(self.frame["customer_id"]):
            found.setdefault(f"id:{words.normalise(identity)}", []).append(position)
        for position, name in enumerate(self.frame["name"]):
            found.setdefault(f"name:{words.normalise(name)}", []).append(position)
            bare = f"bare:{words.company_key(name)}"
            found.setdefault(bare, []).append(position)
        return found

    def position(self, customer: str) -> int:
        """Return the position of the customer with this ID or name.

        Width, case, spaces and 株式会社/(株)/㈱ do not matter; an ID wins over a name, a whole name over one
        without its legal form.

        Raises
        ------
        Refusal
            `unknown_customer` naming the nearest names, `ambiguous_customer` naming the candidates with their IDs.
        """
        word = str(customer)
        for key in (f"id:{words.normalise(word)}", f"name:{words.normalise(word)}", f"bare:{words.company_key(word)}"):
            hits = self._keys.get(key, [])
            if len(hits) == 1:
                return hits[0]
            if hits:
                raise self._ambiguous(word, hits)
        raise self._unknown(word)

    def positions(self, customers: Sequence[str]) -> NDArray[np.intp]:
        """Return the positions of several customers; raises as `position` does."""
        return np.array([self.position(customer) for customer in customers], dtype=np.intp)

    def _ambiguous(self, word: str, hits: Sequence[int]) -> Refusal:
        named = [f"{self.frame['customer_id'].iloc[hit]} {self.frame['name'].iloc[hit]}" for hit in hits[:5]]
        return Refusal(
            "ambiguous_customer",
            f"「{word}」に当たる顧客が{len(hits)}社あります。IDで指定してください({'、'.join(named)})",
            f'"{word}" fits {len(hits)} customers; give the ID ({", ".join(named)})',
        )

    def _unknown(self, word: str) -> Refusal:
        close = self._near(word)
        hint_ja, hint_en = (f"(近い候補: {'、'.join(close)})", f" (near: {', '.join(close)})") if close else ("", "")
        return Refusal(
            "unknown_customer",
            f"「{word}」は顧客表にありません{hint_ja}",
            f'"{word}" is not in the customer table{hint_en}',
        )

    def _near(self, word: str) -> list[str]:
        """Return up to three customers whose ID or name resembles `word`."""
        bare = words.company_key(word)
        keys = [key.partition(":")[2] for key in self._keys]
        matches = get_close_matches(bare, keys, n=3, cutoff=0.6)
        matches += [key for key in keys if bare and bare in key and key not in matches][: 3 - len(matches)]
        hits = (self._keys.get(f"{kind}:{match}", [None])[0] for match in matches for kind in ("bare", "name", "id"))
        return [str(self.frame["name"].iloc[hit]) for hit in dict.fromkeys(hits) if hit is not None]


def _unused(finding: Finding, source: Source) -> bool:
    same = finding.severity == "error" and finding.table == source.table and finding.row is not None
    return same and finding.source == source.source


def score(tables: Tables, definition: Definition | None = None, as_of: date | None = None) -> Portfolio:
    """Score clean tables: the one way from data to everything that is shown.

    Parameters
    ----------
    tables
        As `engine.tables.clean` returns them; not changed.
    definition
        The built-in definition when None.
    as_of
        The definition's as-of date when None; without one the newest order date; without orders today.

    Raises
    ------
    Refusal
        When there is no customer, when orders lie after the as-of date, or when the definition does not fit.
    """
    definition = definition or load_definition()
    if not len(tables.customers):
        raise Refusal(
            "too_little_data",
            "顧客が1社もありません。顧客表か取引表の行を確かめてください",
            "there is no customer; check the rows of the customer or order table",
        )
    day = as_of or definition.as_of or _newest(tables) or datetime.now().astimezone().date()
    _check_dates(tables, day)
    purpose = str(definition.value("general.purpose"))
    if words.find("purposes", purpose) is None:
        words.resolve("purposes", purpose, Text("目的", "purpose"))
    purpose = words.resolve("purposes", purpose, Text("目的", "purpose"))
    metrics = customer_metrics(tables, definition, day)
    axes = score_axes(metrics, tables.customers, definition)
    axes["total"] = total_scores(axes, definition, purpose)
    facts = schemes.Facts(
        metrics, {axis: axes[axis].levels for axis in AXES}, definition, tables.currency, tables.digits
    )
    assignments = {
        "standard": schemes.standard(facts),
        "rfm": schemes.rfm(facts),
        "cpm": schemes.cpm(facts),
        "abc": schemes.abc(facts),
        "decile": schemes.decile(facts),
        "lifecycle": schemes.lifecycle(facts),
    }
    strategies = schemes.strategy(facts)
    whole = _hash(tables, definition, day)
    portfolio = Portfolio(
        handle=f"PF-{day:%Y%m%d}-{whole[:_HANDLE_DIGITS]}",
        hash=whole,
        as_of=day,
        tier=_tier(tables),
        purpose=purpose,
        definition=definition,
        currency=tables.currency,
        digits=tables.digits,
        frame=_frame(tables, metrics, axes, assignments, strategies, definition, schemes.states(facts)),
        axes=axes,
        assignments=assignments,
        strategies=strategies,
        group_of=roll_up(tables.customers),
        orders=tables.orders,
        findings=tables.findings,
        sources=tables.sources,
    )
    object.__setattr__(portfolio, "alerts", find_alerts(portfolio))  # the last part of the same construction
    return portfolio


def _newest(tables: Tables) -> date | None:
    if tables.orders is None or tables.orders.empty:
        return None
    return pd.Timestamp(tables.orders["date"].max()).date()


def _check_dates(tables: Tables, day: date) -> None:
    newest = _newest(tables)
    if newest is not None and newest > day:
        raise Refusal(
            "argument",
            f"基準日({day:%Y/%m/%d})より後の取引があります(最新 {newest:%Y/%m/%d})。"
            "基準日を変えるか、基準日を渡して表を検査してください",
            f"there are orders after the as-of date {day:%Y-%m-%d} (newest {newest:%Y-%m-%d}); "
            "change the date, or clean the tables with it",
        )


def _tier(tables: Tables) -> str:
    if tables.orders is None:
        return "T0"
    extra = (tables.contacts, tables.surveys, tables.costs, tables.products, tables.leads)
    return "T2" if any(table is not None for table in extra) else "T1"


def _frame(
    tables: Tables,
    metrics: pd.DataFrame,
    axes: Mapping[str, AxisScores],
    assignments: Mapping[str, schemes.Assignment],
    strategies: NDArray[np.intp],
    definition: Definition,
    states: NDArray[np.object_],
) -> pd.DataFrame:
    master = tables.customers
    columns: dict[str, object] = {name: master[name].array for name in IDENTITY}
    columns |= {name: metrics[name].array for name in metrics.columns}
    for axis in ("total", *AXES):
        columns[f"score_{axis}"] = pd.array(axes[axis].scores, dtype="Float64")
    columns["confidence"] = pd.array(np.round(axes["total"].coverage * 100, 2), dtype="Float64")
    for axis in AXES:
        columns[f"level_{axis}"] = axes[axis].levels
    for scheme, assignment in assignments.items():
        columns[f"segment_{scheme}"] = assignment.segments
        for name, scores in assignment.scores.items():
            columns[name] = pd.Series(scores).astype("Int64").mask(scores == 0).array
    columns["state"] = states
    rules = definition.rules("strategy")
    for lang in ("ja", "en"):
        texts = np.array([str(rule.get(lang, rule.get("ja", ""))) for rule in rules], dtype=object)
        columns[f"strategy_{lang}"] = texts[strategies]
    known = set(columns) | {"customer_id", "row"}
    extra = {name: master[name].array for name in master.columns if name not in known}
    frame = pd.DataFrame({**columns, **extra})
    for name in frame.columns[frame.dtypes == "float64"]:
        frame[name] = frame[name].astype("Float64")
    return frame


def _hash(tables: Tables, definition: Definition, day: date) -> str:
    """Hash what the scores depend on: clean rows, definition, as-of date, currency, and the scoring's own version.

    Where a row stood (file, sheet, row number) and in which order the columns came does not matter.
    """
    digest = hashlib.sha256(
        f"{_SCORING}|{day.isoformat()}|{definition.hash}|{tables.currency}|{tables.digits}".encode()
    )
    named = {
        "customers": tables.customers,
        "orders": tables.orders,
        "contacts": tables.contacts,
        "surveys": tables.surveys,
        "costs": tables.costs,
        "products": tables.products,
        "leads": tables.leads,
    }
    for name, table in named.items():
        if table is None:
            continue
        plain = table.drop(columns=["row"], errors="ignore")
        digest.update(f"|{name}:{len(plain)}".encode())
        for column in sorted(plain.columns):
            digest.update(f"|{column}".encode())
            digest.update(_column_bytes(plain[column]))
    return digest.hexdigest()


def _column_bytes(column: pd.Series) -> bytes:
    if column.dtype.kind == "M":
        return column.to_numpy().astype("datetime64[s]").astype(np.int64).tobytes()
    if column.dtype.kind in "iufb" and column.isna().any():
        return column.to_numpy(np.float64, na_value=np.nan).tobytes() + column.isna().to_numpy().tobytes()
    if column.dtype.kind == "f":
        return column.to_numpy(np.float64).tobytes()
    if column.dtype.kind in "iub":
        return column.to_numpy(np.int64).tobytes()
    codes, uniques = pd.factorize(column, use_na_sentinel=True)
    return codes.astype(np.int64).tobytes() + "\x1f".join(str(each) for each in uniques).encode()
