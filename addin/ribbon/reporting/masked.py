"""Whether a workbook's reports mask names: a state of the workbook, kept in a cell named PF_MASKED."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.ribbon.choosing import sheet_called
from engine.language import words
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from addin.shared.book import Book, Cell
    from engine.language.errors import Lang

PF_MASKED: Final = "PF_MASKED"
STATE_MARK: Final = "PF_REPORT_STATE"
STATE_SHEET: Final = Text("報告の設定", "Report settings")
STATES: Final = {True: Text("オン", "On"), False: Text("オフ", "Off")}
_SPOKEN: Final = {
    words.normalise(word): state
    for state, spoken in (
        (True, (*STATES[True], "入", "する", "1.0", *words.text("answers", "yes"), *words.aliases("answers", "yes"))),
        (False, (*STATES[False], "切", "しない", "0.0", *words.text("answers", "no"), *words.aliases("answers", "no"))),
    )
    for word in spoken
}


def is_masked(book: Book) -> bool:
    """Return whether reports of this workbook mask names; without such a cell, or a blank one, they do not.

    Raises
    ------
    Refusal
        `argument` where the cell says neither on nor off: a report with names is not made on a guess.
    """
    named = book.named(PF_MASKED)
    said = "" if named is None or named.value is None else str(named.value).strip()
    if not said:
        return False
    state = _SPOKEN.get(words.normalise(said))
    if state is None:
        raise Refusal(
            "argument",
            f"名前 {PF_MASKED} のセルの「{said}」が読めません。「オン」か「オフ」にしてください",
            f'the cell {PF_MASKED} says "{said}"; make it On or Off',
        )
    return state


def switch(book: Book, lang: Lang) -> bool:
    """Turn masking from on to off, or from off to on; return which it is now.

    A cell that says neither is turned on. Without a cell named PF_MASKED a small sheet of ours gets one.

    Raises
    ------
    Refusal
        Where the cell holds a formula, or there is no room for one.
    """
    named = book.named(PF_MASKED)
    if named is not None and named.is_formula:
        raise Refusal(
            "argument",
            f"名前 {PF_MASKED} のセルは数式です。その数式の元を変えてください",
            f"the cell {PF_MASKED} holds a formula; change what it refers to",
        )
    try:
        now = not is_masked(book)
    except Refusal:
        now = True
    word = STATES[now].to(lang)
    with book.quiet():
        if named is not None:
            book.put(PF_MASKED, word)
        else:
            _make_masking_cell(book, word, lang)
    return now


def _make_masking_cell(book: Book, word: str, lang: Lang) -> None:
    rows: list[list[Cell]] = [
        [STATE_SHEET.to(lang), None],
        [Text("マスキング", "Masking").to(lang), word],
        [
            Text(
                "「オン」の間、プレビュー・PDF・メール下書きは顧客名などを伏せて作られます。",
                "While On, previews, PDFs and drafts of mails hide customers' names.",
            ).to(lang),
            None,
        ],
    ]
    if not book.write(STATE_MARK, sheet_called(book, STATE_SHEET, lang), rows):
        raise Refusal(
            "argument",
            f"マスキングの状態を置く場所がありません。シート「{STATE_SHEET.ja}」の名前を変えるか、"
            f"空いているセルに名前 {PF_MASKED} を付けてください",
            f'there is no place for the state: rename the sheet "{STATE_SHEET.en}", or name an empty cell {PF_MASKED}',
        )
    book.define(PF_MASKED, STATE_MARK, 1, 1)
