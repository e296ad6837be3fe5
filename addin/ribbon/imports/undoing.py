"""取り込みを元に戻す: the input sheets as they were before the last import of this workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from addin.ribbon.auditing import add_line
from addin.ribbon.imports import undo_store
from addin.ribbon.imports.result_sheet import mark_undone, number_in
from addin.ribbon.imports.writing import digest, revise
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from addin.ribbon.imports.undo_store import Before, Step
    from addin.shared.book import Block, Book
    from engine.language.errors import Lang


@dataclass(frozen=True, slots=True)
class _SheetToRestore:
    """A sheet to be put back: how it was, and what is typed into its table now."""

    before: Before
    now: Block | None

    @property
    def is_as_left(self) -> bool:
        """Whether the table holds what the import left in it."""
        return digest(() if self.now is None else self.now.rows) == self.before.after


def undo_import(book: Book, lang: Lang) -> Text | None:
    """Show what the last import was, and take it back when the user agrees; None when they do not.

    Raises
    ------
    Refusal
        Where there is nothing to take back, or a sheet is no longer the one that was filled; nothing has been written then.
    """
    step = _find_last_import(book)
    if step is None:
        raise Refusal(
            "argument",
            "このブックには、元に戻せる取り込みがありません。元に戻せるのは、このパソコンで最後に取り込んだ1回だけです",
            "this workbook has no import that can be taken back; only the last one made on this computer can",
        )
    sheets = [_read_sheet_to_restore(book, before) for before in step.sheets]
    if not book.confirm(_word_undo_question(step, sheets).to(lang)):
        return None
    book.progress(Text("元に戻しています…", "Putting the sheets back…").to(lang))
    with book.quiet():
        for sheet in sheets:
            _restore_sheet(book, sheet)
        mark_undone(book, lang)
        add_line(book, lang, "undo_import", note=step.note)
    undo_store.forget(step.number)
    names = [sheet.before.sheet for sheet in sheets]
    return Text(
        f"取り込みを元に戻しました({'・'.join(names)})。「更新」を押すと反映されます。",
        f"The import is taken back ({', '.join(names)}). Press Refresh to take it up.",
    )


def _find_last_import(book: Book) -> Step | None:
    """Return the step of the import that the workbook tells of; without such a sheet, the one that left its tables so."""
    number = number_in(book)
    if number:
        return undo_store.recall(number)
    there = set(book.sheets())
    return next(
        (
            step
            for step in undo_store.steps()
            if all(
                before.sheet in there and _SheetToRestore(before, book.contents(before.sheet)).is_as_left
                for before in step.sheets
            )
        ),
        None,
    )


def _read_sheet_to_restore(book: Book, before: Before) -> _SheetToRestore:
    """Return a sheet that is to be put back.

    Raises
    ------
    Refusal
        `argument` where it is gone, or its columns are others than before.
    """
    if before.sheet not in book.sheets():
        raise Refusal(
            "argument",
            f"シート「{before.sheet}」がありません。名前を変えたときは戻してから、もう一度押してください",
            f'there is no sheet "{before.sheet}"; if you renamed it, give it its name back and press again',
        )
    now = book.contents(before.sheet)
    rows = before.rows
    if rows is not None and (now is None or len(now.rows[0]) != len(rows[0])):
        raise Refusal(
            "argument",
            f"シート「{before.sheet}」の列の数が取り込みのときと違うため、元に戻せません。足した列・消した列を戻してください",
            f'the sheet "{before.sheet}" has other columns than at the import and cannot be put back; undo that first',
        )
    return _SheetToRestore(before, now)


def _word_undo_question(step: Step, sheets: list[_SheetToRestore]) -> Text:
    ja = [f"取り込み {step.when:%Y/%m/%d %H:%M}({step.note})を元に戻します。"]
    en = [f"The import of {step.when:%Y-%m-%d %H:%M} ({step.note}) is taken back."]
    for sheet in sheets:
        before, name = sheet.before, sheet.before.sheet
        if before.is_made:
            ja.append(f"シート「{name}」は、取り込みで作ったので消します。")
            en.append(f'The sheet "{name}" was made by it and goes.')
        else:
            ja.append(f"シート「{name}」の表を、取り込みの前の内容に戻します。")
            en.append(f'The table on the sheet "{name}" is as before again.')
        if not sheet.is_as_left:
            ja.append(f"注意: 「{name}」には取り込みの後の変更があります。その変更も消えます。")
            en.append(f'Note: "{name}" was changed since; those changes go as well.')
    return Text("\n".join([*ja, "よろしいですか?"]), "\n".join([*en, "Go on?"]))


def _restore_sheet(book: Book, sheet: _SheetToRestore) -> None:
    before, now = sheet.before, sheet.now
    if before.is_made:
        book.remove(before.sheet)
    elif now is not None:
        # A sheet that held nothing has no rows to come back to: what was put there is emptied.
        rows = before.rows if before.rows is not None else [[None] * len(now.rows[0])] * len(now.rows)
        revise(book, now, rows)
