"""The lines of a trace: input rows as exact ranges, entries of the definition, and what the run made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from engine.cleaning.missing_table import absence
from engine.definition.metrics import by_column, show
from engine.explanation.trace.origins import Origin, lineage_of, places_of, table_of
from engine.language import words
from engine.language.display import NOT_AVAILABLE, money, unit_label
from engine.language.errors import Text
from engine.reading.columns import columns, table_text
from engine.reading.joining import joined_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from engine.cleaning.source import Source
    from engine.definition.definition_row import DefinitionRow
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

Ranges = tuple[tuple[int, int], ...]

_RUN: Final = Text("実行", "run")
_SPANS: Final = 1_500  # of at most 20 characters each: a cell of Excel holds 32,767
CALCULATED: Final = Text("計算", "calculated")


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One step of the way back.

    Parameters
    ----------
    item, value
        What it is, and what it was, as people write it.
    source
        File and sheet of an input table; for an entry of the definition where its value comes from; else what made it.
    table
        The input table's key; "" for what is no input.
    ranges
        The rows of the source, ascending, as pairs of first and last row; exact and complete.
    count
        How many rows these are.
    key
        The definition's entry; "" for input.
    read_at, sha256
        When the source was read (UTC) and the digest of its file; for an entry of the definition the definition's hash.
        The digest is empty for a cell range, whose content is part of the run's hash.
    contribution
        Points of the score, on the lines that are its parts: they sum to the score exactly.
    amount
        Sum of the rows' amounts in minor units, where they are amounts.
    """

    item: Text
    value: Text
    source: Text
    table: str = ""
    ranges: Ranges = ()
    count: int = 0
    key: str = ""
    read_at: datetime | None = None
    sha256: str = ""
    contribution: float | None = None
    amount: int | None = None

    @property
    def rows(self) -> tuple[int, ...]:
        """Every row number."""
        return tuple(row for first, last in self.ranges for row in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class Trace:
    """The way back of one answer: its subject, its lines (the first is the answer itself), and the definition's version."""

    subject: Text
    lines: tuple[TraceLine, ...]
    version: str


def as_ranges(rows: NDArray[np.int64]) -> Ranges:
    """Return row numbers as ranges, ascending, each number once.

    >>> as_ranges(np.array([40, 12, 13, 14]))
    ((12, 14), (40, 40))
    """
    ordered = np.unique(rows)
    if not len(ordered):
        return ()
    breaks = np.flatnonzero(np.diff(ordered) > 1)
    first, last = ordered[np.concatenate([[0], breaks + 1])], ordered[np.concatenate([breaks, [len(ordered) - 1]])]
    return tuple((int(low), int(high)) for low, high in zip(first, last, strict=True))


def ranges_text(line: TraceLine, lang: Lang) -> str:
    """Return a line's rows as people write them: `8行: 12–18、40`; "" without any.

    What would not fit into a cell is cut off with an ellipsis; the line itself knows every row.
    """
    if not line.ranges:
        return ""
    spans = [f"{first}–{last}" if last > first else str(first) for first, last in line.ranges[:_SPANS]]
    spans += ["…"] if len(line.ranges) > _SPANS else []
    return Text(f"{line.count:,}行: {'、'.join(spans)}", f"{line.count:,} rows: {', '.join(spans)}").to(lang)


def made(portfolio: Portfolio, item: Text, value: Text) -> TraceLine:
    """Return the line of the answer itself: made by this run."""
    run = Text(f"{_RUN.ja} {portfolio.handle}", f"{_RUN.en} {portfolio.handle}")
    moments = [source.read_at for source in portfolio.sources]
    return TraceLine(item, value, run, read_at=max(moments, default=None), sha256=portfolio.hash)


def entries(portfolio: Portfolio, keys: Iterable[str]) -> Iterator[TraceLine]:
    """Give a line for each entry of the definition; a key that the definition does not have is passed over."""
    known = portfolio.once(("trace.entries",), lambda: {row.key: row for row in portfolio.definition.rows()})
    for key in dict.fromkeys(keys):
        if key in known:
            yield _make_definition_line(portfolio, known[key])


def _make_definition_line(portfolio: Portfolio, row: DefinitionRow) -> TraceLine:
    written = Text(f"{row.value} {row.unit.ja}".strip(), f"{row.value} {row.unit.en}".strip())
    item = Text(f"定義: {row.label.ja}", f"Definition: {row.label.en}")
    return TraceLine(item, written, row.source, key=row.key, sha256=portfolio.definition.hash)


def keys_under(portfolio: Portfolio, *heads: str) -> list[str]:
    """Return the definition's keys that are, or lie under, one of `heads`."""
    known = portfolio.once(("trace.entries",), lambda: {row.key: row for row in portfolio.definition.rows()})
    return [key for key in known for head in heads if key == head or key.startswith(f"{head}.")]


def input_lines(portfolio: Portfolio, origin: Origin, position: int) -> tuple[TraceLine, ...]:
    """Return the lines of some rows of an input table, one for each sheet or file that holds any of them.

    Those of all customers' rows are made once per run.
    """
    if origin.whole:
        return portfolio.once(("trace.whole", origin), lambda: _list_input_lines(portfolio, origin, position))
    return _list_input_lines(portfolio, origin, position)


def _list_input_lines(portfolio: Portfolio, origin: Origin, position: int) -> tuple[TraceLine, ...]:
    table = table_of(portfolio, origin.table)
    sources = [each for each in portfolio.sources if each.table == origin.table]
    known = {each.key: each.text for each in columns(origin.table)}
    item = _word_origin(origin, [known[field] for field in origin.fields if field in known])
    if table is None:
        return (_make_absent_table_line(portfolio, origin, item, sources),)
    places = places_of(portfolio, origin, position)
    if len(sources) < 2:
        return (_make_rows_line(portfolio, origin, item, places, sources[0] if sources else None),)
    of_place = table["part"].to_numpy(np.int64)[places]
    used = np.unique(of_place).tolist() or [0]
    return tuple(_make_rows_line(portfolio, origin, item, places[of_place == at], sources[at]) for at in used)


def _make_absent_table_line(portfolio: Portfolio, origin: Origin, item: Text, sources: Sequence[Source]) -> TraceLine:
    """Return the line of a table that the run does not have, or no longer."""
    why = absence(portfolio.tables, origin.table)
    if not sources:
        return TraceLine(item, NOT_AVAILABLE, why, origin.table)
    name = joined_source([each.source for each in sources])
    named = Text(f"{name}: {why.ja}", f"{name}: {why.en}")
    digest = sources[0].sha256 if len(sources) == 1 else ""
    read_at = max(each.read_at for each in sources)
    return TraceLine(item, NOT_AVAILABLE, named, origin.table, read_at=read_at, sha256=digest)


def _make_rows_line(
    portfolio: Portfolio, origin: Origin, item: Text, places: NDArray[np.intp], source: Source | None
) -> TraceLine:
    """Return the line of rows that stand in one sheet or file."""
    table = table_of(portfolio, origin.table)
    assert table is not None  # noqa: S101 - the caller has looked
    numbers = table["row"].to_numpy(np.float64, na_value=np.nan)[places] if "row" in table else np.empty(0)
    rows = numbers[~np.isnan(numbers)].astype(np.int64)
    amount = int(table["amount"].to_numpy(np.int64)[places].sum()) if "amount" in table else None
    return TraceLine(
        item,
        _word_traced_rows(portfolio, origin, places, amount),
        CALCULATED if source is None else Text(source.source, source.source),
        origin.table,
        as_ranges(rows),
        len(rows),
        read_at=None if source is None else source.read_at,
        sha256="" if source is None else source.sha256,
        amount=amount,
    )


def _word_origin(origin: Origin, fields: Sequence[Text]) -> Text:
    """Return table, whose rows and which columns: `取引(直近12か月、全顧客) › 金額`."""
    what = table_text(origin.table)
    named = origin.which != "all" and origin.which in words.codes("periods")
    limits = [words.text("periods", origin.which)] if named else []
    limits += [Text("全顧客", "all customers")] if origin.whole else []
    ja, en = "、".join(each.ja for each in limits), ", ".join(each.en for each in limits)
    names = Text("・".join(text.ja for text in fields), ", ".join(text.en for text in fields))
    return Text(
        f"{what.ja}{f'({ja})' if ja else ''}{' › ' if fields else ''}{names.ja}",
        f"{what.en}{f' ({en})' if en else ''}{' › ' if fields else ''}{names.en}",
    )


def _word_traced_rows(portfolio: Portfolio, origin: Origin, places: NDArray[np.intp], amount: int | None) -> Text:
    """Return what stood in the rows: the cell of a customer's row, the sum of amounts, or how many rows there are."""
    if origin.table == "customers" and not origin.whole and len(origin.fields) == 1:
        return _word_customer_cell(portfolio, origin.fields[0], int(places[0]))
    if amount is not None and "amount" in origin.fields:
        told, table = _word_exact_amount(portfolio, amount), table_of(portfolio, origin.table)
        if "cost" not in origin.fields or table is None:
            return told
        known = table["cost"].iloc[places]
        cost = NOT_AVAILABLE if known.isna().any() else _word_exact_amount(portfolio, int(known.sum()))
        return Text(f"{told.ja}、原価 {cost.ja}", f"{told.en}, cost {cost.en}")
    return Text(f"{len(places):,}行", f"{len(places):,} rows")


def _word_exact_amount(portfolio: Portfolio, minor: int) -> Text:
    """Return an amount to the last digit: whoever follows a trace adds the rows up himself."""
    ja, en = (money(minor, portfolio.digits, lang) for lang in ("ja", "en"))
    unit = Text(unit_label(portfolio.currency, "ja"), unit_label(portfolio.currency, "en"))
    return Text(f"{ja}{unit.ja}", f"{en} {unit.en}".strip())


def _word_customer_cell(portfolio: Portfolio, field: str, position: int) -> Text:
    table = portfolio.tables.customers
    value: Any = table[field].iloc[position] if field in table else None
    kind = next((each.kind for each in columns("customers") if each.key == field), "text")
    if pd.isna(value):
        return NOT_AVAILABLE
    if kind == "amount":
        return _word_exact_amount(portfolio, int(value))
    if kind == "date":
        return Text(f"{value:%Y/%m/%d}", f"{value:%Y-%m-%d}")
    return words.text("levels", str(value)) if kind == "level" else Text(str(value), str(value))


def metric_lines(portfolio: Portfolio, position: int, column: str) -> Iterator[TraceLine]:
    """Give the input rows and the entries of the definition behind a metric."""
    lineage = lineage_of(column)
    for origin in lineage.origins:
        yield from input_lines(portfolio, typed_instead(portfolio, origin), position)
    yield from entries(portfolio, lineage.keys)


def typed_instead(portfolio: Portfolio, origin: Origin) -> Origin:
    """Return the customer table's typed yearly sales where there are no orders to sum up."""
    if origin.table == "orders" and portfolio.tier == "T0" and origin.which == "last_12_months":
        return Origin("customers", "all", ("sales",), origin.whole)
    return origin


def name_of(column: str) -> Text:
    """Return what a column of the scored table is called, with its period where it has several."""
    metric = by_column(column)
    if metric is None:
        return Text(column, column)
    period = next((code for code, held in metric.columns.items() if held == column), "")
    if not period or len(metric.columns) == 1:
        return metric.name
    spoken = words.text("periods", period)
    return Text(f"{metric.name.ja}({spoken.ja})", f"{metric.name.en} ({spoken.en})")


def value_of(portfolio: Portfolio, position: int, column: str) -> Text:
    """Return a customer's value as people write it; 算出不可 where it is unknown."""
    held: Any = portfolio.frame[column].iloc[position]
    if pd.isna(held):
        return NOT_AVAILABLE
    if hasattr(held, "strftime"):
        return Text(f"{held:%Y/%m/%d}", f"{held:%Y-%m-%d}")
    metric = by_column(column)
    if metric is not None and metric.unit == "money":
        return _word_exact_amount(portfolio, int(held))
    return Text(show(metric, float(held), portfolio, "ja"), show(metric, float(held), portfolio, "en"))
