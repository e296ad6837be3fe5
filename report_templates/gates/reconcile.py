"""The gate of numbers: what a page prints is what the view says, and what the view sums up is what the Portfolio holds.

Decision 0207: why a number that differs stops the report.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

from engine.language import words
from engine.scoring.concentration import measure
from report_templates.document.document import Cell, Table, Tile
from report_templates.gates.gates import GateFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio
    from report_templates.document.document import Report

_CLOSE: Final = 1e-9  # of two sums of the same integers, one of them taken in floating point


def check_sums(report: Report, portfolio: Portfolio) -> None:
    """Refuse a report whose headline numbers or divisions of the whole are not the Portfolio's.

    Sales and customers are added up from the customers themselves, not by the summaries that the pages were made of.

    Raises
    ------
    GateFailed
        With the first number that differs.
    """
    for where, printed, held in _sums(report, portfolio):
        if printed is None or abs(float(printed) - held) > _CLOSE * max(abs(held), 1.0):
            raise GateFailed(
                f"「{where}」の数値({printed})がポートフォリオの値({held:g})と一致しません。報告書の不具合です",
                f'the number of "{where}" ({printed}) is not the Portfolio\'s ({held:g}); this is a fault of the report',
            )


def _sums(report: Report, portfolio: Portfolio) -> Iterator[tuple[str, Any, float]]:
    """Yield place, number of the view, and the same number reached from the customers."""
    frame = portfolio.frame
    sales = frame["sales_12m"]
    total, count = float(sales.fillna(0).sum()), float(len(frame))
    for section in report.sections:
        tiles: dict[str, Tile] = {tile.key: tile for tile in getattr(section, "tiles", ())}
        if "sales" in tiles and sales.notna().any():
            yield "sales", tiles["sales"].value, total
            yield "buyers", tiles["buyers"].value, float((sales.fillna(0) > 0).sum())
        if "hhi" in tiles and tiles["hhi"].value is not None:
            yield "hhi", tiles["hhi"].value, measure(portfolio, "hhi")
            yield "top", tiles["top"].value, measure(portfolio, "cr1")
        for table in _yield_section_tables(section):
            if table.key in ("segment-table", "strategies"):
                yield f"{table.key} n", _sum_table_column(table, 1), count
                yield f"{table.key} sales", _sum_table_column(table, 2), total
            if table.key == "segment-table":
                yield from _yield_segment_totals(table, frame)


def _sum_table_column(table: Table, place: int) -> float:
    return sum(float(row[place].value or 0) for row in table.rows)  # type: ignore[arg-type, misc]  # numbers or None


def _yield_segment_totals(table: Table, frame: pd.DataFrame) -> Iterator[tuple[str, Any, float]]:
    """Yield each segment's customers and sales."""
    for row in table.rows:
        members = frame[frame["segment_standard"] == row[0].value]
        yield str(row[0].value), row[1].value, float(len(members))
        yield str(row[0].value), row[2].value or 0, float(members["sales_12m"].fillna(0).sum())


def check_reconciliation(report: Report, lang: Lang, markup: str) -> None:
    """Refuse a page on which a table or a headline number reads otherwise than in the view.

    A company's own template may leave a table out; one that is there under our name must hold what we say.

    Raises
    ------
    GateFailed
        With the first cell that differs.
    """
    printed = _Printed()
    printed.feed(markup)
    for where, expected, found in _pairs(report, lang, printed):
        if expected != found:
            raise GateFailed(
                f"印刷された「{where}」の値「{found}」が計算した値「{expected}」と一致しません。テンプレートを直してください",
                f'"{where}" reads "{found}" where the calculation says "{expected}"; mend the template',
            )


def _pairs(report: Report, lang: Lang, printed: _Printed) -> Iterator[tuple[str, str, str]]:
    for section in report.sections:
        for tile in getattr(section, "tiles", ()):
            if tile.key in printed.numbers:
                yield tile.key, _plain(tile.number.to(lang) + tile.unit.to(lang)), printed.numbers[tile.key]
        for table in _yield_section_tables(section):
            rows = printed.tables.get(table.key)
            if rows is None:
                continue
            wanted = [*table.rows, *((table.total,) if table.total else ())]
            yield table.key, str(len(wanted)), str(len(rows))
            for expected, found in zip(wanted, rows, strict=True):
                yield table.key, str(len(expected)), str(len(found))
                for cell, text in zip(expected, found, strict=True):
                    yield table.key, _reads(cell, lang), text


def _yield_section_tables(noun: object) -> Iterator[Table]:
    """Yield every table inside a section."""
    if isinstance(noun, Table):
        yield noun
    elif isinstance(noun, tuple):
        for each in noun:
            yield from _yield_section_tables(each)
    elif is_dataclass(noun):
        for field in fields(noun):
            yield from _yield_section_tables(getattr(noun, field.name))


def _reads(cell: Cell, lang: Lang) -> str:
    """Return what a cell reads as: a verdict's word, or its text, and its smaller line."""
    text = words.label("verdicts", cell.tone, lang) if cell.tone in words.codes("verdicts") else cell.text.to(lang)
    return _plain(text + (cell.detail.to(lang) if cell.detail else ""))


def _plain(text: str) -> str:
    return "".join(text.split())


class _Printed(HTMLParser):
    """Reads tables by their id, row by row without the head, and the numbers of tiles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[str]]] = {}
        self.numbers: dict[str, str] = {}
        self._table = self._tile = ""
        self._body = self._cell = self._number = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "table" and given.get("id"):
            self._table = given["id"]
            self.tables[self._table] = []
        elif tag in ("tbody", "tfoot"):
            self._body = True
        elif tag == "tr" and self._table and self._body:
            self.tables[self._table].append([])
        elif tag in ("td", "th") and self._table and self._body:
            self._cell = True
            self.tables[self._table][-1].append("")
        elif given.get("id", "").startswith("tile-"):
            self._tile = given["id"].removeprefix("tile-")
        elif tag == "dd" and self._tile:
            self._number = True
            self.numbers[self._tile] = ""
        elif given.get("class") == "detail":
            self._number = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._table = ""
        elif tag in ("tbody", "tfoot"):
            self._body = False
        elif tag in ("td", "th"):
            self._cell = False
        elif tag == "dd":
            self._tile, self._number = "", False

    def handle_data(self, data: str) -> None:
        if self._cell and self._table:
            self.tables[self._table][-1][-1] += _plain(data)
        elif self._number:
            self.numbers[self._tile] += _plain(data)
