"""The sheets that 更新 writes, as rows: the portfolio table and the data quality, read off one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import pandas as pd

from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Text
from engine.reading.columns import columns, table_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.shared.book import Cell
    from engine.language.errors import Finding, Lang
    from engine.scoring.portfolio import Portfolio

PORTFOLIO_SHEET: Final = Text("ポートフォリオ表", "Portfolio")
QUALITY_SHEET: Final = Text("データ品質", "Data quality")
QUALITY_RUN: Final = (1, 1)  # row and column, from 0, of the run's handle in `quality_rows`

_LEVELS: Final = ("continuity", "growth", "risk")
_WIDTH: Final = 7  # columns of the data quality sheet

_TOTAL: Final = Text("総合点", "Total score")
_AS_OF: Final = Text("基準日", "As-of date")
_QUALITY_HEADER: Final = (
    Text("区分", "Severity"),
    Text("表", "Table"),
    Text("入力元", "Source"),
    Text("行", "Row"),
    Text("列", "Column"),
    Text("値", "Value"),
    Text("理由", "Reason"),
)
_SOURCE_HEADER: Final = (
    Text("表", "Table"),
    Text("入力元", "Source"),
    Text("読んだ行", "Rows read"),
    Text("使った行", "Rows used"),
    Text("使えない行", "Rows not used"),
    Text("最新の日付", "Newest date"),
)
_ALL_USED: Final = Text("気になる点はありません。", "Nothing to report.")


def portfolio_rows(portfolio: Portfolio, lang: Lang) -> list[list[Cell]]:
    """Return the seven columns of the elements table for every customer, then segment, total score and ID.

    Sales are in whole units of the currency; unknown figures are 算出不可.
    """
    known = {column.key: column.text for column in columns("customers")}
    keys = ("name", "industry", "sales", *_LEVELS, "strategy")
    header: list[Cell] = [known[key].to(lang) for key in keys]
    header += [words.label("dimensions", "segment", lang), _TOTAL.to(lang), known["customer_id"].to(lang)]
    table = portfolio.customers
    unit, none = 10**portfolio.digits, NOT_AVAILABLE.to(lang)
    filled: list[list[Cell]] = [
        _list_plain_cells(table["name"]),
        _list_plain_cells(table["industry"]),
        [none if cell is None else _write_money_cell(cell, unit) for cell in _list_plain_cells(table["sales_12m"])],
        *(_list_code_labels("levels", table[f"level_{axis}"], lang) for axis in _LEVELS),
        _list_plain_cells(table[f"strategy_{lang}"]),
        _list_code_labels("segments.standard", table["segment_standard"], lang),
        [none if cell is None else cell for cell in _list_plain_cells(table["score_total"])],
        _list_plain_cells(table["customer_id"]),
    ]
    return [header, *(list(row) for row in zip(*filled, strict=True))]


def portfolio_formats(portfolio: Portfolio) -> tuple[str, ...]:
    """Return the number format of each column of `portfolio_rows`; minus is △."""
    money = "#,##0" + ("." + "0" * portfolio.digits if portfolio.digits else "")
    return ("", "", f"{money};△{money}", "", "", "", "", "", "0.0", "")


def quality_rows(portfolio: Portfolio, handle: str, lang: Lang) -> list[list[Cell]]:
    """Return the run, what was read from each table, and every finding, as one block of seven columns."""
    rows: list[list[Cell]] = [
        [QUALITY_SHEET.to(lang)],
        [words.label("status", "run", lang), handle],
        [_AS_OF.to(lang), portfolio.as_of],
        [words.label("status", "tier", lang), words.label("tiers", portfolio.tier, lang)],
        [
            words.label("status", "definition", lang),
            f"{portfolio.definition.version} ({portfolio.definition.hash[:8]})",
        ],
        [],
        [text.to(lang) for text in _SOURCE_HEADER],
    ]
    for line, source in zip(portfolio.reconciliation.itertuples(), portfolio.sources, strict=True):
        counts: list[Cell] = [int(cast("int", count)) for count in (line.read, line.used, line.listed)]
        rows.append([table_text(source.table).to(lang), source.source, *counts, source.newest])
    rows += [[], *finding_rows(portfolio.findings, lang)]
    notes: list[list[Cell]] = [[note.to(lang)] for note in portfolio.notes]
    rows += [[], *notes] if notes else []
    return [[*row, *[None] * (_WIDTH - len(row))] for row in rows]


def finding_rows(findings: Sequence[Finding], lang: Lang) -> list[list[Cell]]:
    """Return findings below their headings, seven columns each; a sentence in their place where there are none."""
    header: list[Cell] = [text.to(lang) for text in _QUALITY_HEADER]
    return [header, *([_write_finding_row(finding, lang) for finding in findings] or [[_ALL_USED.to(lang)]])]


def _write_finding_row(finding: Finding, lang: Lang) -> list[Cell]:
    table = table_text(finding.table).to(lang) if finding.table else None
    severity = words.label("severities", finding.severity, lang)
    return [severity, table, finding.source, finding.row, finding.column, finding.value, finding.reason.to(lang)]


def _list_plain_cells(column: pd.Series) -> list[Cell]:
    """Return a column as plain cells, None where it is missing."""
    values: Sequence[object] = column.astype(object).tolist()
    return [None if value is None or pd.isna(cast("float", value)) else cast("Cell", value) for value in values]


def _list_code_labels(kind: str, column: pd.Series, lang: Lang) -> list[Cell]:
    """Return a column of codes as words."""
    return [None if code is None else words.label(kind, str(code), lang) for code in _list_plain_cells(column)]


def _write_money_cell(minor: Cell, unit: int) -> Cell:
    amount = cast("int", minor)
    return amount if unit == 1 else amount / unit
