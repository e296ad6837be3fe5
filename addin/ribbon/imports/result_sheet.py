"""取り込み結果: what an import has done, on a sheet of ours; every row of every file stands there as used or left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from addin.ribbon import formats
from addin.ribbon.choosing import oblong, sheet_called
from addin.ribbon.imports.left_out import runs
from engine.language.errors import Text
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.ribbon.imports.planning import Plan
    from addin.shared.book import Book, Cell
    from engine.language.errors import Finding, Lang

RESULT_MARK: Final = "PF_IMPORT"
RESULT_SHEET: Final = Text("取り込み結果", "Import result")
_NUMBER: Final = Text("取り込み番号", "Import number")
_STATE: Final = Text("状態", "State")
_DONE: Final = Text("取り込みました(「取り込みを元に戻す」で取り消せます)", "imported (Undo import takes it back)")
_UNDONE: Final = Text("元に戻しました", "taken back")
_SHORT: Final = "-"
_CHANGES: Final = 1000  # changed cells that are listed
_FORMATS: Final = ("", "", *[formats.COUNT] * 5)
_SOURCES: Final = (
    Text("取り込み元", "Source"),
    Text("シート", "Sheet"),
    Text("行", "Rows"),
    Text("新しい", "New"),
    Text("変わった", "Changed"),
    Text("すでにある", "There already"),
    Text("使わない", "Left out"),
)
_LEFT_OUT: Final = (
    Text("使わない行・シート", "Left out"),
    Text("理由", "Reason"),
    Text("件数", "Count"),
    Text("行番号", "Rows"),
)
_CHANGED: Final = (
    Text("変わったセル", "Changed cells"),
    Text("シートの行", "Row of the sheet"),
    Text("列", "Column"),
    Text("前", "Before"),
    Text("後", "After"),
)


@dataclass(frozen=True, slots=True)
class Done:
    """An import of one table as it was carried out: the plan, whether rows were replaced, what was left out."""

    plan: Plan
    is_replaced: bool
    listed: tuple[Finding, ...]


def result_rows(done: Sequence[Done], unread: Sequence[Finding], number: str, lang: Lang) -> list[list[Cell]]:
    """Return the sheet's rows.

    Parameters
    ----------
    done
        What was imported, table by table.
    unread
        Sheets and files that were not read.
    number
        The number under which it can be taken back; empty where it cannot.
    """
    rows: list[list[Cell]] = [
        [RESULT_SHEET.to(lang)],
        [_NUMBER.to(lang), number or _SHORT],
        [_STATE.to(lang), _DONE.to(lang)],
        [],
        [text.to(lang) for text in _SOURCES],
    ]
    for each in done:
        rows += _write_source_rows(each)
    listed = [*(finding for each in done for finding in each.listed), *unread]
    if listed:
        rows += [[], [text.to(lang) for text in _LEFT_OUT], *_write_left_out_rows(listed, lang)]
    changes = [row for each in done if not each.is_replaced for row in _write_change_rows(each.plan)]
    if changes:
        rows += [[], [text.to(lang) for text in _CHANGED], *changes[:_CHANGES]]
        if len(changes) > _CHANGES:
            more = len(changes) - _CHANGES
            rows.append([Text(f"ほか {more:,} セル", f"and {more:,} more cells").to(lang)])
    return rows


def _write_source_rows(done: Done) -> list[list[Cell]]:
    """Return one row per file and sheet: rows read are new, changed, there already or left out."""
    plan, merged = done.plan, done.plan.merged
    kinds = {
        "new": range(len(plan.given)) if done.is_replaced else merged.new,
        "changed": () if done.is_replaced else [line for line, _ in merged.changed],
        "same": () if done.is_replaced else [line for line, _ in merged.same],
    }
    rows: list[list[Cell]] = []
    for at, source in enumerate(plan.sources):
        counts = [sum(plan.origins[line].source == at for line in lines) for lines in kinds.values()]
        left = len({each.row for each in done.listed if each.source == source and each.row is not None})
        rows.append([source, plan.target.sheet, sum(counts) + left, *counts, left])
    return rows


def _write_left_out_rows(listed: Sequence[Finding], lang: Lang) -> list[list[Cell]]:
    """Return what was left out of each source, one row per reason with the numbers of all rows."""
    found: dict[tuple[str, str], list[int]] = {}
    for each in listed:
        numbers = found.setdefault((each.source, each.reason.to(lang)), [])
        if each.row is not None:
            numbers.append(each.row)
    return [
        [source, reason, len(numbers) or None, runs(numbers) or None] for (source, reason), numbers in found.items()
    ]


def _write_change_rows(plan: Plan) -> list[list[Cell]]:
    target = plan.target
    before = target.rows
    first = 0 if target.block is None else target.block.first_row + target.at + 1
    rows: list[list[Cell]] = []
    for line, at in plan.merged.changed:
        for place, new in zip(plan.places, plan.given[line], strict=True):
            old = before[at][place]
            if new is not None and shown(new) != shown(old):
                rows.append([target.sheet, first + at, target.header[place], shown(old) or None, shown(new)])
    return rows


def write_result(book: Book, rows: Sequence[Sequence[Cell]], lang: Lang) -> bool:
    """Write the sheet; called while drawing is held. False where the workbook's sheet of that name is not ours."""
    return book.write(RESULT_MARK, sheet_called(book, RESULT_SHEET, lang), _pad_result_rows(rows), _FORMATS)


def _pad_result_rows(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    return oblong([*rows, [None] * len(_FORMATS)])[: len(rows)]


def number_in(book: Book) -> str:
    """Return the number of the import that the workbook's sheet tells of; empty without one."""
    block = book.block(RESULT_MARK)
    for row in block.rows if block is not None else ():
        if row[0] in _NUMBER:
            return str(row[1] or "").strip(_SHORT)
    return ""


def mark_undone(book: Book, lang: Lang) -> None:
    """Say on the sheet that the import was taken back; called while drawing is held."""
    block = book.block(RESULT_MARK)
    if block is None:
        return
    rows = cast("list[list[Cell]]", [list(row) for row in block.rows])
    for row in rows:
        if row[0] in _STATE:
            row[1] = _UNDONE.to(lang)
    book.write(RESULT_MARK, block.sheet, rows)
