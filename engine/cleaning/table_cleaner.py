"""A raw table at work: its columns found, its blank rows set apart, its rows used or listed.

Decision 0010: why every row is used or listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from engine.cleaning.part_dates import read_by_parts
from engine.language.amount_column import AmountColumn, combined, read_amounts
from engine.language.distinct_cells import Coded, Fault, filled, unique_cells
from engine.language.errors import Finding, Refusal, Severity, Text
from engine.reading.columns import bind, missing, table_text
from engine.reading.joining import bound
from engine.reading.raw import RawTable, shown
from engine.reading.row_places import RowPlaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from engine.reading.columns import Field
    from engine.reading.raw import Part

_LOOKED_AT: Final = 10_000  # rows of which a hint is made


class Sheet:
    """One raw table while it is being cleaned.

    Rows are counted by their position among the rows that are not blank; `number` gives the spreadsheet's row and `part` the place
    of its sheet or file among `raw.all_parts()`. Every such row ends either used or listed: `listed` marks the rows that have a
    finding of severity `error`.
    """

    def __init__(self, raw: RawTable) -> None:
        self.raw = raw
        self.text = table_text(raw.name)
        self.binding = bound(raw)
        self.findings: list[Finding] = []
        self.faults: list[Fault] = []
        self._coded: dict[int, Coded] = {}
        self._amounts: dict[str, AmountColumn] = {}
        self.frame = raw.frame
        kept = self._find_filled_rows()
        if not kept.all():
            self.frame = raw.frame.iloc[kept]
            self._coded = {at: (codes[kept], cells) for at, (codes, cells) in self._coded.items()}
        self.places = RowPlaces(raw, kept)
        self.number, self.part = self.places.number, self.places.part
        self.listed = np.zeros(len(self.number), bool)
        self._positions: list[int] = []  # of the row of each finding, -1 without one
        self._errors: list[tuple[int, str | None]] = []  # row and column of each finding that lists a row
        self._own = [self.binding] if len(raw.parts) < 2 else [bind(raw.name, p.header, p.mapping) for p in raw.parts]
        self._note_blank_rows(kept)
        self._note_double_columns()
        self._note_computed_amount()

    def __len__(self) -> int:
        """Return the number of rows that are not blank."""
        return len(self.number)

    def has(self, key: str) -> bool:
        """Return whether the sheet has the column `key`."""
        return key in self.binding.fields

    def need(self, *keys: str) -> None:
        """Refuse when none of the columns `keys` is there, or one of several sheets or files has none of them."""
        if not any(self.has(key) for key in keys):
            raise missing(self.raw.name, keys, self.raw.header, distinct=self._measure_distinctness())
        for place, (own, part) in enumerate(zip(self._own, self.raw.all_parts(), strict=True)):
            if not any(key in own.fields for key in keys) and (self.part == place).any():
                raise missing(self.raw.name, keys, part.header, source=part.source)

    def _measure_distinctness(self) -> dict[str, float]:
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

    def fields_by_part(self, key: str) -> list[tuple[Part, Field]]:
        """Return the sheets or files that have the column `key`, each with where it stands there and in which unit."""
        pairs = zip(self.raw.all_parts(), self._own, strict=True)
        return [(part, own.fields[key]) for part, own in pairs if key in own.fields]

    def cells(self, key: str) -> pd.Series[Any]:
        """Return the cells of the column `key`, rows that are not blank."""
        return self.frame.iloc[:, self.binding.fields[key].at[0]]

    def coded_at(self, at: int) -> Coded:
        """Return the column at position `at` as codes and different cells. Read once; it must not be changed."""
        if at not in self._coded:
            whole = self.frame is self.raw.frame
            self._coded[at] = self.raw.coded_at(at) if whole else unique_cells(self.frame.iloc[:, at])
        return self._coded[at]

    def coded(self, key: str) -> Coded:
        """Return the column `key` as codes and different cells."""
        return self.coded_at(self.binding.fields[key].at[0])

    def amounts(self, key: str) -> AmountColumn:
        """Return the column `key` read as amounts: one header, or the exact product of two. Read once.

        Each sheet or file that was joined is read as its own headers say: in its unit, its amount or the product of two columns.
        """
        if key not in self._amounts:
            fields = [own.fields.get(key) for own in self._own]
            kinds = list(dict.fromkeys((each.at, each.unit) for each in fields if each is not None))
            if len(kinds) == 1 and None not in fields:
                self._amounts[key] = self._read_field(*kinds[0])
            else:
                self._amounts[key] = self._read_kinds(kinds, fields)
        return self._amounts[key]

    def _read_kinds(self, kinds: list[tuple[tuple[int, ...], str]], fields: Sequence[Field | None]) -> AmountColumn:
        """Read a column that stands in several columns or units, each row by the field of its part."""
        kind_of = np.array([-1 if each is None else kinds.index((each.at, each.unit)) for each in fields])
        of_row = kind_of[self.part]
        read = []
        for place, (at, unit) in enumerate(kinds):
            rows = np.flatnonzero(of_row == place)
            read.append((rows, self._read_field(at, unit, rows)))
        return combined(read, len(self))

    def _read_field(self, at: tuple[int, ...], unit: str, rows: npt.NDArray[np.intp] | None = None) -> AmountColumn:
        if len(at) == 1:
            return self._read_amounts(at[0], unit, rows)
        return self._read_amounts(at[0], "", rows).times(self._read_amounts(at[1], unit, rows))

    def _read_amounts(self, at: int, unit: str, rows: npt.NDArray[np.intp] | None) -> AmountColumn:
        cells = self.frame.iloc[:, at] if rows is None else self.frame.iloc[rows, at]
        if cells.dtype.kind in "if":
            return read_amounts(cells, unit, None)
        codes, words = self.coded_at(at) if rows is None else unique_cells(cells)
        return read_amounts(cells, unit, (codes, words))

    def dates(self, key: str, severity: Severity) -> npt.NDArray[np.datetime64]:
        """Return the column `key` as days (datetime64[s]); unreadable cells are NaT and reported with `severity`.

        Raises
        ------
        Refusal
            `unreadable` with severity `error`, when a sheet or file does not tell whether month or day comes first.
        """
        column = read_by_parts(self, key, refuse=severity == "error")
        self.report(key, column.faults, severity)
        return column.days

    def report(self, key: str, faults: Mapping[int, Fault], severity: Severity) -> None:
        """Report the faulty cells of the column `key`, by row position; `error` lists the rows.

        `faults` keeps them in the reader's own words, without what became of the cell.
        """
        self.faults += faults.values()
        place = self.binding.fields[key]
        for row, fault in sorted(faults.items()):
            value = self.shown(key, row)
            reason = fault.reason if severity == "error" else _word_left_blank(fault.reason)
            self.say(severity, fault.code, row, place.header, value, reason)

    def shown(self, key: str, row: int) -> str:
        """Return the cell of the column `key` in a row as it was typed; of a product both, joined by `*`."""
        own = self._own[self.part[row]] if len(self._own) > 1 else self.binding
        return "*".join(self._show_cell(at, row) for at in own.fields.get(key, self.binding.fields[key]).at)

    def _show_cell(self, at: int, row: int) -> str:
        codes, cells = self.coded_at(at)
        code = int(codes[row])
        return "" if code < 0 else shown(cells[code])

    def list_rows(self, rows: npt.NDArray[np.bool_], code: str, key: str | None, reason: Text) -> None:
        """List the rows marked in `rows` as not used."""
        place = self.binding.fields.get(key) if key else None
        for row in np.flatnonzero(rows).tolist():
            value = self._show_cell(place.at[0], row) if place else None
            self.say("error", code, row, place.header if place else None, value, reason)

    def list_blank(self, blank: npt.NDArray[np.bool_], code: str, key: str, reason: Text) -> None:
        """List the rows whose cell in the column `key` is `blank` and has no error of its own yet."""
        if not blank.any():
            return
        told = np.zeros(len(self), bool)
        told[[row for row, column in self._errors if column == self.header(key)]] = True
        self.list_rows(blank & ~told, code, key, reason)

    def say(
        self, severity: Severity, code: str, row: int | None, column: str | None, value: str | None, reason: Text
    ) -> None:
        """Add one finding; `row` is a position, and `error` lists the row."""
        self._positions.append(-1 if row is None else row)
        if row is None:
            self.findings.append(Finding(severity, code, self.raw.name, self.raw.source, None, column, value, reason))
            return
        if severity == "error":
            self.listed[row] = True
            self._errors.append((row, column))
        source, number, header = self.places.source(row), int(self.number[row]), self.places.header(row, column)
        self.findings.append(Finding(severity, code, self.raw.name, source, number, header, value, reason))

    def findings_in_order(self) -> list[Finding]:
        """Return the findings by row, sheet by sheet, those of the whole table first."""
        ordered = sorted(range(len(self.findings)), key=lambda at: self._positions[at])
        return [self.findings[at] for at in ordered]

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
            phrase = self.places.phrase(where)
            column = self.header(key) if key and self.has(key) else None
            self.say(severity, code, None, column, None, text(phrase.ja, phrase.en))

    def _find_filled_rows(self) -> npt.NDArray[np.bool_]:
        """Return which rows hold anything; a column is looked at only while rows are open that no column before it filled."""
        kept = np.zeros(len(self.frame), bool)
        for at in range(self.frame.shape[1]):
            if kept.all():
                break
            cells = self.frame.iloc[:, at]
            kept |= cells.notna().to_numpy() if cells.dtype.kind in "iufbM" else filled(*self.coded_at(at))
        return kept

    def _note_blank_rows(self, kept: npt.NDArray[np.bool_]) -> None:
        """Note the blank rows between others; those after the last of a sheet are the end of it."""
        if kept.all():
            return
        of_row, last = self.raw.part_of_rows(), np.full(len(self.raw.all_parts()), -1)
        rows = np.flatnonzero(kept)
        last[of_row[rows]] = rows  # of several assignments to one place the last one stays
        between = ~kept & (np.arange(len(kept)) < last[of_row])
        if between.any():
            phrase = RowPlaces(self.raw, between).phrase(np.arange(between.sum()))
            reason = Text(f"空白の行を読み飛ばしました: {phrase.ja}", f"Blank rows were passed over: {phrase.en}")
            self.say("note", "blank_rows", None, None, None, reason)

    def _note_computed_amount(self) -> None:
        amount = self.binding.fields.get("amount")
        if amount and len(amount.at) == 2 and "amount" not in self.raw.mapping:
            reason = Text(
                "金額の列がないので、数量と単価の積を金額としました",
                "There is no amount; quantity × unit price was taken",
            )
            self.say("note", "computed_amount", None, amount.header, None, reason)

    def _note_double_columns(self) -> None:
        for used, other in self.binding.doubles:
            reason = Text(
                f"「{used}」と「{other}」は同じ項目の列です。「{used}」を使いました",
                f'"{used}" and "{other}" mean the same column; "{used}" was used',
            )
            self.say("note", "double_column", None, other, None, reason)


def _word_left_blank(reason: Text) -> Text:
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
