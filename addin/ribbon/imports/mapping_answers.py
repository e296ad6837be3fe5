"""What a person has said on the sheet 取り込みの対応; every cell that cannot be understood is named, with the near miss."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from addin.ribbon.imports.mapping_words import (
    FILE,
    HEADERS,
    MAPPING_MARK,
    MAPPING_SHEET,
    ORDER,
    ORDERS,
    SAMPLE,
    TABLE,
    VALUE,
    VALUES,
    WHERE,
    of_table,
)
from engine.language.errors import Refusal, Text
from engine.language.words import normalise
from engine.reading.columns import TABLES, columns, table_text
from engine.reading.profiles import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from addin.shared.book import Block, Book
    from engine.language.dates import DateOrder
    from engine.reading.columns import Column

_ALIKE: Final = 0.5
_SIGNS: Final = str.maketrans({"，": ",", "、": ",", "＝": "=", "×": "*", "＊": "*", "＋": "+"})


@dataclass(frozen=True, slots=True)
class Told:
    """What a person has said on the sheet.

    Parameters
    ----------
    paths
        The files that shall be imported.
    fingerprint
        Of the headers that it holds for (`engine.reading.profiles.fingerprint`).
    table
        The table's key.
    listed_for
        The table whose columns are listed: another one than `table` when the user has chosen anew.
    columns
        Column key to header.
    date_order, where, value_maps
        As in `engine.reading.profiles.Profile`.
    """

    paths: tuple[Path, ...]
    fingerprint: str
    table: str
    listed_for: str
    columns: Mapping[str, str]
    date_order: DateOrder
    where: tuple[str, ...]
    value_maps: Mapping[str, Mapping[str, str]]


def told_by(book: Book) -> Told | None:
    """Return what the sheet says; None where the workbook has none.

    Raises
    ------
    Refusal
        `argument`, naming every cell that cannot be understood.
    """
    block = book.block(MAPPING_MARK)
    return None if block is None else _MappingReader(block).told()


class _MappingReader:
    """The sheet's cells while they are read; what is wrong is collected, not thrown at the first."""

    def __init__(self, block: Block) -> None:
        self.first_row, self.first_column = block.first_row, block.first_column
        self.rows = [["" if cell is None else str(cell).strip() for cell in row] for row in block.rows]
        self.faults: list[Text] = []
        titles = {word: table for table in TABLES for word in of_table(table)}
        self.head = next((at for at, row in enumerate(self.rows) if row[0] in titles), -1)
        if self.head < 0:
            raise Refusal(
                "argument",
                f"シート「{MAPPING_SHEET.ja}」の形が変わっていて読めません。シートを削除して、もう一度ファイルを選んでください",
                f'the sheet "{MAPPING_SHEET.en}" has changed its form; delete it and choose the file again',
            )
        self.listed_for = titles[self.rows[self.head][0]]

    def told(self) -> Told:
        """Return what is said."""
        headers = [row[HEADERS] for row in self.rows[self.head + 1 :] if row[HEADERS]]
        lines = self._lines()
        found = Told(
            tuple(Path(row[SAMPLE]) / row[VALUE] for _, row in self._labelled(FILE)),
            fingerprint(headers),
            self._table(),
            self.listed_for,
            {
                column.key: header
                for at, column, row in lines
                if row[VALUE] and (header := self._header(at, row[VALUE], headers))
            },
            self._date_order(),
            tuple(row[VALUE] for _, row in self._labelled(WHERE) if row[VALUE]),
            {column.key: pairs for at, column, row in lines if (pairs := self._pairs(at, row[VALUES]))},
        )
        if self.faults:
            ja, en = (
                "\n".join(f"{mark}{each}" for each in texts)
                for mark, texts in zip("・-", zip(*self.faults, strict=True), strict=True)
            )
            raise Refusal(
                "argument",
                f"シート「{MAPPING_SHEET.ja}」を直してください:\n{ja}",
                f'please correct the sheet "{MAPPING_SHEET.en}":\n{en}',
            )
        return found

    def _labelled(self, label: Text) -> list[tuple[int, list[str]]]:
        return [(at, row) for at, row in enumerate(self.rows[: self.head]) if row[0] in label]

    def _fault(self, at: int, column: int, ja: str, en: str) -> None:
        cell = f"{chr(64 + self.first_column + column)}{self.first_row + at}"
        self.faults.append(Text(f"{cell}: {ja}", f"{cell}: {en}"))

    def _table(self) -> str:
        names = {normalise(word): table for table in TABLES for word in (table, *table_text(table))}
        for at, row in self._labelled(TABLE):
            if normalise(row[VALUE]) in names:
                return names[normalise(row[VALUE])]
            titles = [table_text(table) for table in TABLES]
            self._fault(
                at, VALUE,
                f"表「{row[VALUE]}」はありません(使える表: {'・'.join(each.ja for each in titles)})",
                f'there is no table "{row[VALUE]}" (use: {", ".join(each.en for each in titles)})',
            )  # fmt: skip
        return self.listed_for

    def _date_order(self) -> DateOrder:
        for at, row in self._labelled(ORDER):
            order = next((key for key, text in ORDERS.items() if row[VALUE] in (key, *text)), None)
            if order is not None:
                return order
            choices = list(ORDERS.values())
            self._fault(
                at, VALUE,
                f"日付の並び「{row[VALUE]}」は選べません({'・'.join(each.ja for each in choices)})",
                f'"{row[VALUE]}" is no order of dates ({", ".join(each.en for each in choices)})',
            )  # fmt: skip
        return ""

    def _lines(self) -> list[tuple[int, Column, list[str]]]:
        """Return the lines of columns: place, column, cells. A word in the first column that is no column is a fault."""
        known = {word: column for column in columns(self.listed_for) for word in column.text}
        title = table_text(self.listed_for)
        found: list[tuple[int, Column, list[str]]] = []
        for at, row in enumerate(self.rows[self.head + 1 :], self.head + 1):
            if row[0] in known:
                found.append((at, known[row[0]], row))
            elif row[0]:
                self._fault(
                    at, 0, f"「{row[0]}」は{title.ja}の列ではありません", f'"{row[0]}" is no column of {title.en}'
                )
        return found

    def _header(self, at: int, wanted: str, headers: Sequence[str]) -> str:
        """Return the header that is meant, or two with the sign between them; empty for one that the file has not."""
        known = {normalise(header): header for header in headers}
        if normalise(wanted) in known:
            return known[normalise(wanted)]
        plain = wanted.translate(_SIGNS)
        missing = [part.strip() for part in plain.replace("+", "*").split("*") if normalise(part) not in known]
        if not missing:
            return plain
        near = get_close_matches(missing[0], headers, n=3, cutoff=_ALIKE)
        self._fault(
            at, VALUE,
            f"見出し「{missing[0]}」はファイルにありません" + (f"(近い見出し: {'・'.join(near)})" if near else ""),
            f'the file has no header "{missing[0]}"' + (f" (nearest: {', '.join(near)})" if near else ""),
        )  # fmt: skip
        return ""

    def _pairs(self, at: int, cell: str) -> dict[str, str]:
        """Return a value map as it is written in a cell: ◎=低, △=中."""
        pairs = [each.partition("=") for each in cell.translate(_SIGNS).split(",") if each.strip()]
        if any(not (written.strip() and equals and ours.strip()) for written, equals, ours in pairs):
            self._fault(
                at, VALUES,
                f"値の読み替え「{cell}」は「元の値=読み替え」を「,」で区切って書いてください(例: ◎=低, △=中)",
                f'write "{cell}" as value=our value with commas between (such as ◎=Low, △=Medium)',
            )  # fmt: skip
            return {}
        return {written.strip(): ours.strip() for written, _, ours in pairs}
