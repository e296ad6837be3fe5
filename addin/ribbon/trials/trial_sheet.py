"""The sheet 試算: the user's table of changes on the left, and beside it what was tried last, with its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, cast

from addin.functions.answers.trials import COLUMNS, ITEM, NOW, change_columns
from addin.functions.lookup import customer_text
from addin.ribbon import formats
from addin.ribbon.beside import Part, begin_pair
from addin.ribbon.choosing import oblong, present, require_room, sheet_called
from engine.language.display import unit_label
from engine.language.errors import Refusal, Text
from engine.planning.what_if.changes import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from addin.shared.book import Block, Book, Cell
    from engine.language.errors import Lang
    from engine.planning.what_if.result import Trial
    from engine.scoring.portfolio import Portfolio

TRIAL_SHEET: Final = Text("試算", "What if")
OWN_TRIAL_SHEET: Final = Text("試算の結果", "What-if result")
TRIAL_MARK: Final = "PF_TRIAL"
CHANGES_MARK: Final = "PF_CHANGES"
_KINDS: Final = {"lose": Text("失注を試す", "Lose customers"), "change": Text("条件を変える", "Change values")}
_TITLE: Final = Text("試算", "What if")
_RUN: Final = Text("実行ID", "Run")
_LOST: Final = Text("失う顧客", "Lost customer")
_RECOVERY: Final = Text("回復率", "Recovery")
_CHANGED: Final = Text("変更", "Change")
_UNIT: Final = Text("単位", "Unit")
_UNITS: Final = {
    "count": Text("数", "count"),
    "number": Text("指数", "index"),
    "rate": Text("割合", "share"),
    "months": Text("か月", "months"),
    "text": Text("", ""),
}
_FORMATS: Final = ("", *[formats.VARIOUS] * 3, "", "")


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried: customers that are lost first (IDs) with the share won back, then changes; and on which run."""

    kind: Literal["lose", "change"]
    run: str
    lost: tuple[str, ...] = ()
    recovery: str = "0"
    changes: tuple[Change, ...] = field(default=())


def change_table(book: Book, lang: Lang) -> list[Change] | None:
    """Return the changes that the user has written on the sheet 試算; None where there is no such table.

    The table is the sheet's Excel table, or the cells below a row that says 対象・項目・変更 in any order. Empty rows are
    passed over; our own result beside it is not read. A change knows its row in the sheet, for messages.
    """
    name = sheet_called(book, TRIAL_SHEET, lang)
    places = [book.read(name)] if name in book.sheets() else []
    for block in (*places, book.block(CHANGES_MARK)):
        found = None if block is None else _read_sheet_changes(block, book.block(TRIAL_MARK))
        if found is not None:
            return found
    return None


def _read_sheet_changes(block: Block, result: Block | None) -> list[Change] | None:
    for at, row in enumerate(block.rows):
        columns = change_columns(row)
        if columns is not None:
            return list(_list_lines_below(block, at, columns, result))
    return None


def _list_lines_below(block: Block, header: int, columns: Sequence[int], result: Block | None) -> Iterator[Change]:
    """Yield the changes below a header row, down to the head of another table (the answer of a formula, say)."""
    for number, line in enumerate(block.rows[header + 1 :], block.first_row + header + 1):
        target, item, change = (_read_user_cell(line, column, number, block, result) for column in columns)
        if (str(target) in ITEM and str(item) in NOW) or change_columns(line) is not None:
            return
        if any(cell is not None for cell in (target, item, change)):
            yield Change(customer_text(target), customer_text(item), change, number)


def _read_user_cell(line: Sequence[object], column: int, number: int, block: Block, result: Block | None) -> Cell:
    """Return a cell of the user's table; None for an empty one, and for one of our own result."""
    cell = cast("Cell", line[column])
    if isinstance(cell, str) and not cell.strip():
        return None
    if result is not None and result.sheet == block.sheet:
        across = block.first_column + column - result.first_column
        if 0 <= number - result.first_row < len(result.rows) and 0 <= across < len(result.rows[0]):
            return None
    return cell


def offer_table(book: Book, example: Change, lang: Lang) -> None:
    """Make room on the sheet 試算 for a table of changes with an example; on a new sheet `show_trial` lays both.

    Raises
    ------
    Refusal
        Where the sheet holds something else.
    """
    name = sheet_called(book, TRIAL_SHEET, lang)
    if book.block(TRIAL_MARK) is None:
        made = name not in book.sheets() or book.read(name) is None
    else:
        with book.quiet():
            made = book.write(CHANGES_MARK, name, _write_change_table(lang, example))
    if not made:
        raise Refusal(
            "argument",
            f"シート「{name}」に 対象・項目・変更 の見出しの表がありません。"
            "空いている列に3つの見出しを書いて、その下に変更を書いてください",
            f'the sheet "{name}" has no table with the headers target, item, change; write them into empty columns, '
            "and the changes below",
        )


def how_to_change(book: Book, example: Change, lang: Lang) -> Text:
    """Return how the table of changes is used."""
    name = sheet_called(book, TRIAL_SHEET, lang)
    shown = "・".join(map(str, (example.target, example.item, example.change)))
    return Text(
        f"シート「{name}」の表(対象・項目・変更)に変更を書き、もう一度「条件を変える」を押してください(例: {shown})。\n"
        "対象は顧客・業界=製造・全体・定義、変更は新しい値か +10%・×1.1・+500万 のように書きます。何行でも書けます。",
        f'Write the changes into the table on the sheet "{name}" (such as {shown}) and press Change values again.\n'
        "The target is a customer, Industry=IT, Everyone or Definition; the change a new value, +10%, ×1.1 or +5000.",
    )


def example_of(portfolio: Portfolio, lang: Lang) -> Change:
    """Return a change that these data carry: the largest customer buys less."""
    sales = portfolio.frame["sales_12m"].fillna(0).to_numpy()
    name = str(portfolio.frame["name"].iloc[int(sales.argmax())])
    return Change(name, Text("年間売上", "Annual sales").to(lang), "-20%")


def _write_change_table(lang: Lang, example: Change | None) -> list[list[Cell]]:
    header: list[Cell] = [text.to(lang) for _, text in COLUMNS]
    return [header, [None] * 3 if example is None else [example.target, example.item, example.change]]


def show_trial(
    book: Book,
    portfolio: Portfolio,
    tried: Tried,
    trial: Trial,
    rows: Sequence[Sequence[object]],
    lang: Lang,
    example: Change | None = None,
) -> None:
    """Write what was tried and its result over the previous one, beside the table of changes, and show it.

    On a sheet 試算 that holds something of the user's and has no place for it, the result goes to a sheet of its own.

    Parameters
    ----------
    trial, rows
        The result, and its rows as the worksheet functions give them (the header first).
    example
        What the table of changes says where it is made here; nothing when None.

    Raises
    ------
    Refusal
        Where neither sheet has room.
    """
    shown = [*_write_trial_heading(portfolio, tried, lang), [], *_add_unit_column(portfolio, trial, rows, lang)]
    name = sheet_called(book, TRIAL_SHEET, lang)
    table, result = Part(CHANGES_MARK, _write_change_table(lang, example)), Part(TRIAL_MARK, shown, _FORMATS)
    with book.quiet():
        begun = book.block(TRIAL_MARK) is not None or begin_pair(book, name, table, result)
    if not begun:
        own = present(book, TRIAL_MARK, OWN_TRIAL_SHEET, shown, lang, _FORMATS)
        if not own:
            raise Refusal(
                "argument",
                f"結果を置く場所がありません。シート「{OWN_TRIAL_SHEET.ja}」の名前を変えてから、もう一度押してください",
                f'there is no room for the result; rename the sheet "{OWN_TRIAL_SHEET.en}" and press again',
            )
        return
    with book.quiet():
        written = book.write(TRIAL_MARK, name, oblong(shown))
    if not written:
        require_room(book, TRIAL_MARK)
    block = book.block(TRIAL_MARK)
    if block is not None:
        book.show(block.sheet, block.first_row, block.first_column)


def _write_trial_heading(portfolio: Portfolio, tried: Tried, lang: Lang) -> list[list[Cell]]:
    """Return what was tried, one line per customer or change: `tried_in` reads it back."""
    rows: list[list[Cell]] = [[_TITLE.to(lang), _KINDS[tried.kind].to(lang)], [_RUN.to(lang), tried.run]]
    places = portfolio.positions(tried.lost).tolist()
    names = [str(portfolio.frame["name"].iloc[place]) for place in places]
    rows += [[_LOST.to(lang), each, name] for each, name in zip(tried.lost, names, strict=True)]
    rows += [[_RECOVERY.to(lang), tried.recovery]] if tried.lost else []
    return rows + [[_CHANGED.to(lang), each.target, each.item, each.change] for each in tried.changes]


def tried_in(book: Book) -> Tried | None:
    """Return what the result that stands in the workbook was made of; None where nothing was tried yet."""
    block = book.block(TRIAL_MARK)
    rows = () if block is None else block.rows
    if not rows or str(rows[0][0] or "") not in _TITLE or len(rows[0]) < len(_FORMATS):
        return None
    kind = next((code for code, text in _KINDS.items() if str(rows[0][1] or "") in text), None)
    run, lost, recovery, changes = "", [], "0", []
    for row in rows[1:]:
        head = str(row[0] or "")
        first, second, third = row[1:4]
        if not head:
            break
        if head in _RUN:
            run = str(first or "")
        elif head in _LOST:
            lost.append(customer_text(cast("Cell", first)))
        elif head in _RECOVERY:
            recovery = str(first or 0)
        elif head in _CHANGED:
            changes.append(
                Change(
                    customer_text(cast("Cell", first)), customer_text(cast("Cell", second)), _keep_change_value(third)
                )
            )
    if kind is None or not (lost or changes):
        return None
    return Tried("lose" if kind == "lose" else "change", run, tuple(lost), recovery, tuple(changes))


def _keep_change_value(cell: object) -> str | float | int | bool | date | None:
    return cell if isinstance(cell, str | float | int | bool | date) else None


def _add_unit_column(
    portfolio: Portfolio, trial: Trial, rows: Sequence[Sequence[object]], lang: Lang
) -> list[list[Cell]]:
    """Return the rows of a trial with a column that says in what unit each row counts: shares stand beside amounts."""
    units = [_UNIT.to(lang), *(unit_text(row.unit, portfolio, lang) for row in trial.rows)]
    return [cast("list[Cell]", [*row, unit]) for row, unit in zip(rows, units, strict=True)]


def unit_text(unit: str, portfolio: Portfolio, lang: Lang) -> str:
    """Return the word for a unit of a what-if; amounts are in the run's currency."""
    if unit == "money":
        return unit_label(portfolio.currency, lang)
    return _UNITS[unit].to(lang)
