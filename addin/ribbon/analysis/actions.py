"""The buttons of the group 分析: portfolio table, risk, map, segments, cross-selling, why a score is what it is, and how grades did.

Every number is asked of the worksheet functions, or read off the frames that they read: a sheet that a button writes and
a cell beside it cannot disagree.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, cast

from addin.functions.answers.customers import PORTFOLIO_EXPLAIN, PORTFOLIO_LEVEL, PORTFOLIO_SCORE, PORTFOLIO_STRATEGY
from addin.functions.answers.lists import PORTFOLIO_LIST
from addin.functions.answers.maps import PORTFOLIO_MAP
from addin.functions.answers.opportunities import HEADER as NEXT_HEADER
from addin.functions.answers.opportunities import PORTFOLIO_NEXT, REASON
from addin.functions.answers.whole import PORTFOLIO_ALERTS, PORTFOLIO_CONCENTRATION
from addin.functions.registry import Caller
from addin.ribbon import formats
from addin.ribbon.analysis.backtest_sheet import backtest_formats, backtest_rows
from addin.ribbon.analysis.pictures import map_chart, map_columns, top_groups
from addin.ribbon.analysis.segment_sheet import segment_formats, segment_rows
from addin.ribbon.beside import Part, write_pair
from addin.ribbon.choosing import customer_of, present, selected_customers, sheet_called
from addin.ribbon.inputs import run_of
from addin.ribbon.results import PORTFOLIO_SHEET, portfolio_formats, portfolio_rows
from addin.ribbon.scoring.actions import TABLE_MARK
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Refusal, Text
from engine.lists.listing import list_customers
from engine.lists.materiality import find_material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.ribbon.action import Action
    from addin.shared.book import Book, Cell, Selection
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

RISK_SHEET: Final = Text("集中リスク", "Concentration risk")
MAP_SHEET: Final = Text("マップ", "Map")
SEGMENT_SHEET: Final = Text("セグメント", "Segments")
NEXT_SHEET: Final = Text("クロスセル", "Cross-sell")
OPPORTUNITY_SHEET: Final = Text("機会", "Opportunities")
EXPLAIN_SHEET: Final = Text("説明", "Explanation")
OWN_EXPLAIN_SHEET: Final = Text("説明(選択した顧客)", "Explanation (selected)")
BACKTEST_SHEET: Final = Text("的中の検証", "Backtest")
RISK_MARK: Final = "PF_RISK"
TOP_MARK: Final = "PF_TOP"
MAP_MARK: Final = "PF_MAP"
SEGMENT_MARK: Final = "PF_SEGMENTS"
NEXT_MARK: Final = "PF_NEXT"
OPPORTUNITY_MARK: Final = "PF_OPPORTUNITIES"
EXPLAIN_MARK: Final = "PF_EXPLAIN"
BACKTEST_MARK: Final = "PF_BACKTEST"
_BY: Final = ("customer", "industry", "region")
_CUSTOMER: Final = Text("顧客", "Customer")
_RUN: Final = Text("実行ID", "Run")
_SUM: Final = Text("合計", "Sum")
_AXES: Final = ("total", "value", "continuity", "growth", "risk")
_HEAD: Final = Text("最も重要な指摘", "Most important finding")
_INDICES: Final = Text("集中度の指標", "Index of concentration")
_EXPLAIN_FORMATS: Final = ("", "", "", formats.DECIMAL, formats.DECIMAL, '+0.00;"△"0.00;0.00')


def portfolio_table(book: Book, lang: Lang) -> None:
    """Show the table of all customers; where there is none, write it as 更新 does."""
    scored, _ = run_of(book)
    present(book, TABLE_MARK, PORTFOLIO_SHEET, portfolio_rows(scored, lang), lang, portfolio_formats(scored))


def concentration(book: Book, lang: Lang) -> None:
    """Show what matters most, the tests of risk with what would clear each, the indices, and the largest groups as a bar chart."""
    scored, handle = run_of(book)
    caller = Caller(lang, handle)
    tests = cast("list[list[Cell]]", PORTFOLIO_ALERTS(caller=caller))
    head: list[list[Cell]] = [[_HEAD.to(lang), None, None, None, find_material(scored).summary.to(lang)], [None]]
    left = Part(RISK_MARK, [*head, *tests, [None], *_write_index_rows(caller)], ("", *[formats.VARIOUS] * len(_BY)))
    top = top_groups(scored, lang)
    right = Part(TOP_MARK, top.rows, ("", formats.money_format(scored.digits), formats.RATE, formats.RATE))
    name = sheet_called(book, RISK_SHEET, lang)
    with book.quiet():
        if write_pair(book, name, left, right) and len(top.rows) > 1 and book.block(TOP_MARK) is not None:
            book.chart(TOP_MARK, top.chart)
    _show_marked_block(book, RISK_MARK, name)


def _write_index_rows(caller: Caller) -> list[list[Cell]]:
    """Return every index over customers (groups rolled up), industries and regions."""
    header: list[Cell] = [_INDICES.to(caller.lang), *(words.label("dimensions", by, caller.lang) for by in _BY)]
    return [
        header,
        *(
            [words.label("indices", code, caller.lang), *(_read_concentration_index(code, by, caller) for by in _BY)]
            for code in words.codes("indices")
        ),
    ]


def _read_concentration_index(code: str, by: str, caller: Caller) -> Cell:
    try:
        value = cast("float", PORTFOLIO_CONCENTRATION(code, by, caller=caller))
    except Refusal:  # the data have no such column: the other indices are shown all the same
        value = math.nan
    return NOT_AVAILABLE.to(caller.lang) if math.isnan(value) else value


def value_map(book: Book, lang: Lang) -> None:
    """Show sales by margin as rows and as a bubble chart, one colour and one name per quadrant."""
    scored, handle = run_of(book)
    rows = cast("list[list[Cell]]", PORTFOLIO_MAP(caller=Caller(lang, handle)))
    by_unit = formats.money_format(scored.digits)
    patterns = ("", by_unit, formats.RATE, by_unit, "", *[formats.RATE] * 4, by_unit)
    if present(book, MAP_MARK, MAP_SHEET, map_columns(rows, scored, lang), lang, patterns) and len(rows) > 1:
        book.chart(MAP_MARK, map_chart(scored, lang))


def segments(book: Book, lang: Lang) -> None:
    """Show the segments: customers, sales, shares and profit, and what the typical member of each is like."""
    scored, handle = run_of(book)
    rows = segment_rows(scored, Caller(lang, handle))
    present(book, SEGMENT_MARK, SEGMENT_SHEET, rows, lang, segment_formats(scored))


def cross_sell(book: Book, lang: Lang) -> None:
    """Show what to offer the selected customers next; without any, all opportunities, the most promising first.

    Raises
    ------
    Refusal
        Where the orders tell no product, or nothing can be proposed to any of the customers.
    """
    scored, handle = run_of(book)
    caller = Caller(lang, handle)
    chosen = selected_customers(book, scored)
    if chosen:
        money = formats.money_format(scored.digits)
        patterns = ("", "", "", formats.COUNT, formats.DECIMAL, money, "")
        present(book, NEXT_MARK, NEXT_SHEET, _write_next_proposals(scored, chosen, caller), lang, patterns)
        return
    rows = cast("list[list[Cell]]", PORTFOLIO_LIST("機会", caller=caller))
    units = [formats.format_of(column.unit, scored.digits) for column in list_customers(scored, "機会").columns]
    present(book, OPPORTUNITY_MARK, OPPORTUNITY_SHEET, rows, lang, units)


def _write_next_proposals(scored: Portfolio, chosen: Sequence[int], caller: Caller) -> list[list[Cell]]:
    """Return the proposals of each customer; where there is none, the reason in their place."""
    lang = caller.lang
    rows: list[list[Cell]] = [[_CUSTOMER.to(lang), *(text.to(lang) for text in (*NEXT_HEADER, REASON))]]
    refused: list[Refusal] = []
    for place in chosen:
        name = str(scored.frame["name"].iloc[place])
        try:
            found = cast(
                "list[list[Cell]]", PORTFOLIO_NEXT(_find_customer_id(scored, place), ["理由", "値のみ"], caller=caller)
            )
        except Refusal as refusal:
            refused.append(refusal)
            rows.append([name, None, None, None, None, None, refusal.to(lang)])
            continue
        rows += [[name, *row] for row in found]
    if len(refused) == len(chosen):
        raise refused[0]
    return rows


def explain(book: Book, lang: Lang) -> None:
    """Show why the customer of the selected cell has its scores: one axis where its column was selected, else all.

    Where the sheet 説明 is one of formulas (it explains the customer chosen in it), a sheet of its own is written.
    """
    scored, handle = run_of(book)
    place = customer_of(book, scored, lang)
    if place is None:
        return
    selection = book.selected()
    axis = None if selection is None else _find_axis_above(book, selection)
    rows = _write_explanation_rows(scored, place, _AXES if axis is None else (axis,), Caller(lang, handle))
    own = sheet_called(book, EXPLAIN_SHEET, lang)
    is_taken = book.block(EXPLAIN_MARK) is None and own in book.sheets() and book.read(own) is not None
    sheet = OWN_EXPLAIN_SHEET if is_taken else EXPLAIN_SHEET
    if not present(book, EXPLAIN_MARK, sheet, rows, lang, _EXPLAIN_FORMATS):
        raise Refusal(
            "argument",
            f"シート「{sheet_called(book, sheet, lang)}」にほかの内容があります。名前を変えてから、もう一度押してください",
            f'the sheet "{sheet_called(book, sheet, lang)}" holds something else; rename it and press again',
        )


def backtest(book: Book, lang: Lang) -> None:
    """Show how today's grades would have done at earlier days: a verdict and a table for every axis.

    Raises
    ------
    Refusal
        Where the past is too short for any axis; it says what is missing.
    """
    scored, handle = run_of(book)
    rows = backtest_rows(book, Caller(lang, handle))
    present(book, BACKTEST_MARK, BACKTEST_SHEET, rows, lang, backtest_formats(scored.digits))


def _write_explanation_rows(scored: Portfolio, place: int, axes: Sequence[str], caller: Caller) -> list[list[Cell]]:
    lang, customer = caller.lang, _find_customer_id(scored, place)
    rows: list[list[Cell]] = [
        [_CUSTOMER.to(lang), str(scored.frame["name"].iloc[place]), customer],
        [_RUN.to(lang), caller.run if isinstance(caller.run, str) else None],
    ]
    for axis in axes:
        said: Any = (
            PORTFOLIO_STRATEGY(customer, caller=caller)
            if axis == "total"
            else PORTFOLIO_LEVEL(customer, axis, caller=caller)
        )
        score = cast("Cell", PORTFOLIO_SCORE(customer, axis, caller=caller))
        table = cast("list[list[Cell]]", PORTFOLIO_EXPLAIN(customer, axis, "表", caller=caller))
        given = [float(row[4]) for row in table[1:] if isinstance(row[4], int | float)]
        rows += [[], [words.label("axes", axis, lang), said, None, None, score], *table]
        rows += [[_SUM.to(lang), None, None, None, sum(given)]] if given else []
    return rows


def _find_axis_above(book: Book, selection: Selection) -> str | None:
    """Return the axis that stands above the selected column in its table's header; None for another column.

    The selection counts its column from the sheet's first used one, a table may begin further right: the selected row
    is looked for in the sheet's line.
    """
    block = book.read(selection.sheet)
    at = 0 if block is None else selection.first_row - block.first_row
    if block is None or not selection.lines or not 0 <= at < len(block.rows):
        return None
    line, own = selection.lines[0], block.rows[at]
    for shift in range(len(line) - len(own) + 1):
        column = selection.column - shift
        if line[shift : shift + len(own)] == own and 0 <= column < len(own):
            heads = [row[column] for row in block.rows[: at + 1]]
            return next((code for head in reversed(heads) if (code := _read_header_axis(head)) is not None), None)
    return None


def _read_header_axis(head: object) -> str | None:
    code = words.find("axes", head.replace("\n", "")) if isinstance(head, str) else None
    return code if code in _AXES else None


def _find_customer_id(scored: Portfolio, place: int) -> str:
    return str(scored.frame["customer_id"].iloc[place])


def _show_marked_block(book: Book, mark: str, sheet: str) -> None:
    block = book.block(mark)
    book.show(sheet) if block is None else book.show(block.sheet, block.first_row, block.first_column)


ACTIONS: Final[dict[str, Action]] = {
    "portfolio_table": portfolio_table,
    "concentration": concentration,
    "value_map": value_map,
    "segments": segments,
    "cross_sell": cross_sell,
    "explain": explain,
    "backtest": backtest,
}
