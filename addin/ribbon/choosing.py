"""What the buttons of several groups share: which customers are meant, one answer out of several, and showing a result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from addin.functions.lookup import customer_text
from engine.language.errors import Refusal, Text
from engine.language.words import normalise
from engine.reading.columns import find_table, recognised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from addin.shared.book import Book, Cell, Selection
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

_WHICH: Final = Text(
    "どの顧客ですか。IDか名前を入れてください(顧客のセルを選んでから押すと、聞かれません)",
    "Which customer? Give the ID or the name (select a customer's cell first and you will not be asked)",
)
_BETWEEN: Final = re.compile(r"[、,;\n]")  # what stands between several typed names


def customer_of(book: Book, portfolio: Portfolio, lang: Lang, question: Text = _WHICH) -> int | None:
    """Return the position of the one customer that is meant; None when the user cancels.

    Found as by `customers_of`; of several selected customers the first.

    Raises
    ------
    Refusal
        As `customers_of`.
    """
    found = customers_of(book, portfolio, lang, question)
    return found[0] if found else None


def customers_of(book: Book, portfolio: Portfolio, lang: Lang, question: Text = _WHICH) -> tuple[int, ...]:
    """Return the positions of the customers that are meant, each once, in their order; empty when the user cancels.

    Looked for in the selected cells, then in the rest of the selected rows; where neither holds a customer, the user is
    asked (several names may be typed, with 、 between them).

    Raises
    ------
    Refusal
        `unknown_customer` with the nearest names, or `ambiguous_customer` with the candidates, for a name that was typed,
        or for one that stands among selected customers.
    """
    selection = book.selected()
    found = selected_customers(book, portfolio)
    if found:
        return found
    typed = book.ask(question.to(lang), _suggest_selected_text(selection))
    return _find_typed_customers(typed, portfolio) if typed is not None and typed.strip() else ()


def selected_customers(book: Book, portfolio: Portfolio) -> tuple[int, ...]:
    """Return the positions of the customers of the selected rows, without asking; empty where there is none.

    Raises
    ------
    Refusal
        As `customers_of`.
    """
    selection = book.selected()
    return _find_selected_customers(selection, portfolio) if selection is not None else ()


def _find_selected_customers(selection: Selection, portfolio: Portfolio) -> tuple[int, ...]:
    """Return the customers of the selected rows; none where no row holds one.

    Raises
    ------
    Refusal
        For a name that is not to be found, or means several, while other rows do hold a customer.
    """
    found: list[int] = []
    refused: list[Refusal] = []
    is_input = find_table(selection.sheet) is not None
    for cells, line in zip(selection.cells, selection.lines, strict=True):
        places, refusal = _find_row_customers(cells, line, portfolio, is_input=is_input)
        found += places
        if not places and refusal is not None:
            refused.append(refusal)
    ambiguous = [refusal for refusal in refused if refusal.kind == "ambiguous_customer"]
    if ambiguous or (found and refused):
        raise [*ambiguous, *refused][0]
    return tuple(dict.fromkeys(found))


def _find_row_customers(
    cells: Sequence[object], line: Sequence[object], portfolio: Portfolio, *, is_input: bool
) -> tuple[list[int], Refusal | None]:
    """Return the customers of one selected row, or why there is none.

    Where every selected cell is a customer's name, all are meant; else the row's customer: the first text that is one
    (of two customers of one name the ID in their row decides), then the first number. A number beside the selected
    cells counts on an input sheet only: elsewhere 1,500 is more likely a figure than an ID.
    """
    texts, numbers = _read_row_words(cells)
    places = [_find_customer_place(text, portfolio) for text in texts]
    if places and not numbers and not any(isinstance(place, Refusal) for place in places):
        return [place for place in places if isinstance(place, int)], None
    further, figures = _read_row_words(line)
    refusal: Refusal | None = None
    for text in [*texts, *further, *numbers, *(figures if is_input else ())]:
        place = _find_customer_place(text, portfolio)
        if isinstance(place, int):
            return [place], None
        if refusal is None or (place.kind == "ambiguous_customer" and refusal.kind != place.kind):
            refusal = place
    is_header = bool(texts) and recognised("customers", texts) + recognised("orders", texts) > 0
    return [], None if is_header or not (texts or numbers) else refusal


def _read_row_words(cells: Sequence[object]) -> tuple[list[str], list[str]]:
    """Return the cells that may be a customer's name or ID: the texts, and the numbers as they would be typed."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    numbers = [cell for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
    return texts, [customer_text(cell) for cell in numbers]


def _find_customer_place(text: str, portfolio: Portfolio) -> int | Refusal:
    try:
        return portfolio.position(text)
    except Refusal as refusal:
        return refusal


def _suggest_selected_text(selection: Selection | None) -> str:
    """Return what a single selected cell says, to be mended rather than typed again."""
    if selection is None or len(selection.cells) != 1 or len(selection.cells[0]) != 1:
        return ""
    cell = selection.cells[0][0]
    return cell.strip() if isinstance(cell, str) else ""


def _find_typed_customers(typed: str, portfolio: Portfolio) -> tuple[int, ...]:
    """Return the customers of an answer: a comma may stand in a name, so the whole is tried first."""
    whole = _find_customer_place(typed.strip(), portfolio)
    if isinstance(whole, int):
        return (whole,)
    named = [part.strip() for part in _BETWEEN.split(typed) if part.strip()]
    if len(named) < 2:
        raise whole
    return tuple(dict.fromkeys(portfolio.position(part) for part in named))


def choice_of(
    book: Book, question: Text, choices: Mapping[str, Text], lang: Lang, suggestion: str | None = None
) -> str | None:
    """Let the user choose one of several by its number or its word; None when they cancel.

    Parameters
    ----------
    question
        What is asked; the numbered choices are written below it.
    choices
        What each choice is returned as, to its words. At least one.
    suggestion
        The choice that is offered.

    Raises
    ------
    Refusal
        `argument` for an answer that is none of them.
    """
    keys = list(choices)
    lines = [f"{number}. {choices[key].to(lang)}" for number, key in enumerate(keys, 1)]
    offered = str(keys.index(suggestion) + 1) if suggestion is not None and suggestion in choices else ""
    answer = book.ask("\n".join([question.to(lang), *lines]), offered)
    if answer is None or not answer.strip():
        return None
    word = normalise(answer).strip(".")
    if word.isdecimal() and 1 <= int(word) <= len(keys):
        return keys[int(word) - 1]
    for key, text in choices.items():
        if word in {normalise(each) for each in (key, *text)}:
            return key
    raise Refusal(
        "argument",
        f"「{answer.strip()}」は選べません。1~{len(keys)}の番号か言葉で答えてください",
        f'"{answer.strip()}" is not one of the choices; answer by a number from 1 to {len(keys)} or by its word',
    )


def sheet_called(book: Book, name: Text, lang: Lang) -> str:
    """Return the name, in either language, under which the workbook has a sheet; else the one in `lang`."""
    return next((sheet for sheet in book.sheets() if sheet in name), name.to(lang))


def present(
    book: Book, mark: str, sheet: Text, rows: Sequence[Sequence[Cell]], lang: Lang, formats: Sequence[str] = ()
) -> bool:
    """Write a result under our mark and bring it to the front; a sheet of that name that is not ours is only shown.

    Parameters
    ----------
    mark
        The defined name of our block.
    sheet
        The sheet's name; one that the workbook has in the other language is the same sheet.
    rows
        Cells as rows, of any length: shorter ones are filled up.
    formats
        Number format of each column, where the sheet is made here.

    Returns
    -------
    bool
        Whether it was written: False where the sheet holds something else, which was shown as it is.

    Raises
    ------
    Refusal
        Where our block is there, and has become too large for its place: an old result is not shown for a new one.
    """
    name = sheet_called(book, sheet, lang)
    with book.quiet():
        written = book.write(mark, name, oblong(rows), formats)
    if not written:
        require_room(book, mark)
    block = book.block(mark) if written else None
    if block is None:
        book.show(name)
    else:
        book.show(block.sheet, block.first_row, block.first_column)
    return written


def require_room(book: Book, mark: str) -> None:
    """Refuse where our block `mark` is there: the host did not write it because something stands in its way.

    Raises
    ------
    Refusal
        `unwritable`, naming the sheet.
    """
    block = book.block(mark)
    if block is not None:
        raise Refusal(
            "unwritable",
            f"シート「{block.sheet}」の前の結果の隣に別の内容があり、新しい結果が入りません。"
            "その内容を別の場所へ移すか、前の結果を行や列ごと削除してから、もう一度押してください",
            f'on the sheet "{block.sheet}" something stands beside the previous result, and the new one does not fit; '
            "move it away, or delete the rows or columns of the previous result, and press again",
        )


def oblong(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """Return the rows, the shorter ones filled up with empty cells."""
    width = max((len(row) for row in rows), default=0)
    return [[*row, *[None] * (width - len(row))] for row in rows]
