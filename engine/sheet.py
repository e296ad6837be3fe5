"""A raw table at work: its columns found, its blank rows set apart, its rows used or listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from engine.amount_column import AmountColumn, read_amounts
from engine.columns import bind, missing, table_text
from engine.date_column import read_dates
from engine.errors import Finding, Refusal, Severity, Text
from engine.raw import RawTable, shown
from engine.uniques import Coded, Fault, filled, unique_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from engine.columns import Binding

__all__ = ["Sheet", "empty", "empty_note", "first_of", "rows_phrase"]

_LOOKED_AT: Final = 10_000  # rows of which a hint is made
_ROWS_NAMED: Final = 10


class Sheet:
    """One raw table while it is being cleaned.

    Rows are counted by their position among the rows that are not blank; `number` gives the spreadsheet's row. Every such row ends
    either used or listed: `listed` marks the rows that have a finding of severity `error`.
    """

    def __init__(self, raw: RawTable) -> None:
        self.raw = raw
        self.text = table_text(raw.name)
        self.binding = _bound(raw)
        self.findings: list[Finding] = []
        self._coded: dict[int, Coded] = {}
        self._amounts: dict[str, AmountColumn] = {}
        self.frame = raw.frame
        kept = self._filled_rows()
        if not kept.all():
            self.frame = raw.frame.iloc[kept]
            self._coded = {at: (codes[kept], cells) for at, (codes, cells) in self._coded.items()}
        self.number: npt.NDArray[np.int64] = np.flatnonzero(kept) + raw.first_row
        self.listed = np.zeros(len(self.number), bool)
        self._note_blank_rows(kept)
        self._note_doubles()
        self._note_product()

    def __len__(self) -> int:
        """Return the number of rows that are not blank."""
        return len(self.number)

    def has(self, key: str) -> bool:
        """Return whether the sheet has the column `key`."""
        return key in self.binding.fields

    def need(self, *keys: str) -> None:
        """Refuse when none of the columns `keys` is there."""
        if not any(self.has(key) for key in keys):
            raise missing(self.raw.name, keys, self.raw.header, distinct=self._distinct())

    def _distinct(self) -> dict[str, float]:
        """Return, for each header, the share of different cells among the filled ones of the first rows; for hints only."""
        found: dict[str, float] = {}
        for at, header in enumerate(self.raw.header):
            codes, _ = unique_cells(self.frame.iloc[:_LOOKED_AT, at])
            filled = codes[codes >= 0]
            if len(filled) > 1:
                found.setdefault(header, len(np.unique(filled)) / len(filled))
        return found

    def header(self, key: str) -> str:
        """Return the header of the column `key` as written."""
        return self.binding.fields[key].header

    def cells(self, key: str) -> pd.Series[Any]:
        """Return the cells of the column `key`, rows that are not blank."""
        return self.frame.iloc[:, self.binding.fields[key].at[0]]

    def coded_at(self, at: int) -> Coded:
        """Return the column at position `at` as codes and different cells. Read once; it must not be changed."""
        if at not in self._coded:
            self._coded[at] = unique_cells(self.frame.iloc[:, at])
        return self._coded[at]

    def coded(self, key: str) -> Coded:
        """Return the column `key` as codes and different cells."""
        return self.coded_at(self.binding.fields[key].at[0])

    def amounts(self, key: str) -> AmountColumn:
        """Return the column `key` read as amounts: one header, or the exact product of two. Read once."""
        if key not in self._amounts:
            place = self.binding.fields[key]
            if len(place.at) == 1:
                self._amounts[key] = self._read_amounts(place.at[0], place.unit)
            else:
                first, second = self._read_amounts(place.at[0]), self._read_amounts(place.at[1], place.unit)
                self._amounts[key] = first.times(second)
        return self._amounts[key]

    def _read_amounts(self, at: int, unit: str = "") -> AmountColumn:
        cells = self.frame.iloc[:, at]
        return read_amounts(cells, unit, None if cells.dtype.kind in "if" else self.coded_at(at))

    def dates(self, key: str, severity: Severity) -> npt.NDArray[np.datetime64]:
        """Return the column `key` as days (datetime64[s]); unreadable cells are NaT and reported with `severity`."""
        cells = self.cells(key)
        coded = None if cells.dtype.kind == "M" else self.coded(key)
        column = read_dates(cells, self.raw.date1904, self.raw.date_order, coded)
        ambiguous = sum(fault.code == "ambiguous_date" for fault in column.faults.values())
        if severity == "error" and ambiguous and column.order != "mixed":
            row = next(row for row, fault in column.faults.items() if fault.code == "ambiguous_date")
            raise self._ambiguous(key, row, ambiguous)
        self.report(key, column.faults, severity)
        return column.days

    def _ambiguous(self, key: str, row: int, count: int) -> Refusal:
        value, name = self._shown(self.binding.fields[key].at[0], row), self.header(key)
        return Refusal(
            "unreadable",
            f"{self.raw.source} の列「{name}」は月と日のどちらが先か決められません({self.number[row]}行目「{value}」ほか計{count}行)。"
            f"2026/3/31 のように書くか、{self.raw.name}.date_order=mdy(月が先)または dmy(日が先)を指定してください",
            f'Column "{name}" of {self.raw.source} does not tell whether the month or the day comes first '
            f'(row {self.number[row]} "{value}"; {count} rows in all). Write 2026-03-31, or state {self.raw.name}.date_order=mdy or dmy',
        )

    def report(self, key: str, faults: Mapping[int, Fault], severity: Severity) -> None:
        """Report the faulty cells of the column `key`, by row position; `error` lists the rows."""
        place = self.binding.fields[key]
        for row, fault in sorted(faults.items()):
            value = "*".join(self._shown(at, row) for at in place.at)
            reason = fault.reason if severity == "error" else _left_blank(fault.reason)
            self.say(severity, fault.code, row, place.header, value, reason)

    def _shown(self, at: int, row: int) -> str:
        codes, cells = self.coded_at(at)
        code = int(codes[row])
        return "" if code < 0 else shown(cells[code])

    def list_rows(self, rows: npt.NDArray[np.bool_], code: str, key: str | None, reason: Text) -> None:
        """List the rows marked in `rows` as not used."""
        place = self.binding.fields.get(key) if key else None
        for row in np.flatnonzero(rows).tolist():
            value = self._shown(place.at[0], row) if place else None
            self.say("error", code, row, place.header if place else None, value, reason)

    def list_blank(self, blank: npt.NDArray[np.bool_], code: str, key: str, reason: Text) -> None:
        """List the rows whose cell in the column `key` is `blank` and has no error of its own yet."""
        if not blank.any():
            return
        header = self.header(key)
        told = [
            each.row
            for each in self.findings
            if each.severity == "error" and each.column == header and each.row is not None
        ]
        self.list_rows(blank & ~np.isin(self.number, told), code, key, reason)

    def say(
        self, severity: Severity, code: str, row: int | None, column: str | None, value: str | None, reason: Text
    ) -> None:
        """Add one finding; `row` is a position, and `error` lists the row."""
        number = None if row is None else int(self.number[row])
        if severity == "error" and row is not None:
            self.listed[row] = True
        self.findings.append(Finding(severity, code, self.raw.name, self.raw.source, number, column, value, reason))

    def count(
        self,
        severity: Severity,
        code: str,
        key: str | None,
        rows: npt.NDArray[np.bool_],
        text: Callable[[str, str], Text],
    ) -> None:
        """Add one finding that counts the rows marked in `rows`, if there are any.

        Parameters
        ----------
        text
            Given `3行(5行目・9行目…)` and `3 rows (5, 9 …)`, returns the sentence.
        """
        where = np.flatnonzero(rows)
        if len(where):
            phrase = rows_phrase(self.number[where[:_ROWS_NAMED]].tolist(), len(where))
            column = self.header(key) if key and self.has(key) else None
            self.say(severity, code, None, column, None, text(phrase.ja, phrase.en))

    def _filled_rows(self) -> npt.NDArray[np.bool_]:
        """Return which rows hold anything; a column is looked at only while rows are open that no column before it filled."""
        kept = np.zeros(len(self.frame), bool)
        for at in range(self.frame.shape[1]):
            if kept.all():
                break
            cells = self.frame.iloc[:, at]
            kept |= cells.notna().to_numpy() if cells.dtype.kind in "iufbM" else filled(*self.coded_at(at))
        return kept

    def _note_blank_rows(self, kept: npt.NDArray[np.bool_]) -> None:
        """Note the blank rows between others; those after the last are the end of the table."""
        last = int(np.flatnonzero(kept)[-1]) if kept.any() else 0
        between = np.flatnonzero(~kept[:last])
        if len(between):
            phrase = rows_phrase((between[: _ROWS_NAMED + 1] + self.raw.first_row).tolist(), len(between))
            reason = Text(f"空白の行を読み飛ばしました: {phrase.ja}", f"Blank rows were passed over: {phrase.en}")
            self.say("note", "blank_rows", None, None, None, reason)

    def _note_product(self) -> None:
        amount = self.binding.fields.get("amount")
        if amount and len(amount.at) == 2 and "amount" not in self.raw.mapping:
            reason = Text(
                "金額の列がないので、数量と単価の積を金額としました",
                "There is no amount; quantity × unit price was taken",
            )
            self.say("note", "computed_amount", None, amount.header, None, reason)

    def _note_doubles(self) -> None:
        for used, other in self.binding.doubles:
            reason = Text(
                f"「{used}」と「{other}」は同じ項目の列です。「{used}」を使いました",
                f'"{used}" and "{other}" mean the same column; "{used}" was used',
            )
            self.say("note", "double_column", None, other, None, reason)


def _bound(raw: RawTable) -> Binding:
    """Return which header is which column; of two that mean the same, one with nothing below it gives way.

    A table pasted over the headers of a template leaves the template's other headers standing to its right.
    """
    found = bind(raw.name, raw.header, raw.mapping)
    if not found.doubles:
        return found
    groups: dict[str, set[str]] = {}
    for used, other in found.doubles:
        groups.setdefault(used, {used}).add(other)
    gone: set[int] = set()
    for names in groups.values():
        places = [at for at, name in enumerate(raw.header) if name in names]
        blank = {at for at in places if not filled(*unique_cells(raw.frame.iloc[:, at])).any()}
        gone |= blank if len(blank) < len(places) else set()
    return bind(raw.name, ["" if at in gone else name for at, name in enumerate(raw.header)], raw.mapping)


def rows_phrase(numbers: Sequence[int], count: int | None = None) -> Text:
    """Return how many rows and which, ten at most: `3行(5・9・12行目)`; `count` is their number where `numbers` are the first."""
    total = len(numbers) if count is None else count
    named = [str(number) for number in numbers[:_ROWS_NAMED]]
    ja, en = "・".join(named), ", ".join(named)
    if total > _ROWS_NAMED:
        return Text(f"{total}行({ja}行目ほか)", f"{total} rows ({en} …)")
    return Text(f"{total}行({ja}行目)", f"{total} row{'s' * (total > 1)} ({en})")


def _left_blank(reason: Text) -> Text:
    return Text(f"{reason.ja}。この項目は空白として扱いました", f"{reason.en}. The cell was taken as blank")


def first_of(values: Iterable[str], limit: int = 5) -> str:
    """Return up to `limit` values joined by a middle dot, with an ellipsis when there are more."""
    listed = list(values)
    return "・".join(listed[:limit]) + ("…" if len(listed) > limit else "")


def empty(sheet: Sheet) -> Refusal:
    """Return the refusal for a table without rows."""
    return Refusal(
        "too_little_data",
        f"{sheet.text.ja}の表({sheet.raw.source})にデータの行がありません。見出しの下にデータを入れてください",
        f"The {sheet.text.en.lower()} table ({sheet.raw.source}) has no rows; put data below its header",
    )


def empty_note(sheet: Sheet) -> Finding:
    """Return the note on a table without rows that is taken as not given."""
    reason = Text(
        f"{sheet.text.ja}の表にはデータの行がないので、ないものとしました",
        f"The {sheet.text.en.lower()} table has no rows and was left out",
    )
    return Finding("note", "empty_table", sheet.raw.name, sheet.raw.source, None, None, None, reason)
