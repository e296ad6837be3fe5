"""基準日, 目的 and 定義を編集: the definition on the 設定 sheet, changed by one value at a time after the user answered."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from addin.ribbon.auditing import add_line
from addin.ribbon.choosing import choice_of, oblong, sheet_called
from addin.ribbon.inputs import definition_in, run_of
from addin.ribbon.scoring.settings import AS_OF, PURPOSE, changes, follows, ready, set_value, shown
from engine.definition.definition import load_definition
from engine.language import words
from engine.language.dates import parse_date
from engine.language.display import date_text
from engine.language.errors import Refusal, Text
from engine.runs.movement import preview

if TYPE_CHECKING:
    from addin.ribbon.scoring.settings import Change
    from addin.shared.book import Book, Cell
    from engine.definition.definition import Definition
    from engine.language.errors import Lang
    from engine.runs.movement import Preview
    from engine.scoring.portfolio import Portfolio

EFFECT_MARK: Final = "PF_EFFECT"
EFFECT_SHEET: Final = Text("定義の影響", "Effect of the definition")
_WITHOUT_DAY: Final = Text(
    "(基準日の変更による異動は、更新して「前回と比較」で分かります)",
    "(What another as-of date moves is seen after Refresh, by Compare)",
)
_LISTED: Final = 8  # entries of the definition named in a message


def as_of(book: Book, lang: Lang) -> Text | None:
    """Ask for the as-of date and write it into the 設定 sheet; 更新 takes it up.

    Raises
    ------
    Refusal
        `argument` for an answer that is no date; nothing has been written then.
    """
    definition = definition_in(book)
    old = definition.as_of
    question = Text(
        "基準日を入れてください(例: 2026/9/30、令和8年9月30日)。空にすると、最新の取引日が基準日になります",
        "Which as-of date (such as 2026-09-30)? Leave it empty to take the newest order's",
    )
    answer = book.ask(
        question.to(lang), "" if old is None else f"{old:%Y/%m/%d}" if lang == "ja" else f"{old:%Y-%m-%d}"
    )
    if answer is None:
        return None
    new = _read_as_of_answer(answer)
    if new is not None and new > date.today():  # noqa: DTZ011 - the user's own calendar day is meant
        told = date_text(new, lang)
        sure = Text(
            f"{told} は今日より後の日付です。この日を基準日にしますか?", f"{told} is in the future. Take it anyway?"
        )
        if not book.confirm(sure.to(lang)):
            return None
    return _write_definition_value(book, definition, AS_OF, old, new, "as_of", lang)


def _read_as_of_answer(answer: str) -> date | None:
    """Return the day that was typed, None for an empty answer."""
    if not answer.strip():
        return None
    found = parse_date(answer.strip())
    if isinstance(found, date):
        return found
    reason = found.reason if found is not None else Text("日付を入れてください", "give a date")
    raise Refusal(
        "argument",
        f"「{answer.strip()}」は基準日にできません({reason.ja})",
        f'"{answer.strip()}" cannot be the as-of date ({reason.en})',
    )


def purpose(book: Book, lang: Lang) -> Text | None:
    """Let the user choose the purpose and write it into the 設定 sheet; 更新 takes it up.

    Raises
    ------
    Refusal
        `argument` for an answer that is no purpose; nothing has been written then.
    """
    definition = definition_in(book)
    old = str(definition.value(PURPOSE))
    choices = {code: words.text("purposes", code) for code in words.codes("purposes")}
    question = Text(
        "目的はどれですか。総合点の重みが変わります。番号か言葉で答えてください",
        "Which purpose? It weighs the total score. Answer by number or by word",
    )
    new = choice_of(book, question, choices, lang, words.find("purposes", old))
    if new is None:
        return None
    spoken = next((each for each in ("ja", "en") if old in {text.to(each) for text in choices.values()}), lang)
    written = choices[new].to(spoken)  # in the language in which the sheet offers the choice
    same = words.find("purposes", old) == new
    return _write_definition_value(book, definition, PURPOSE, old, old if same else written, "purpose", lang)


def _write_definition_value(
    book: Book,
    definition: Definition,
    key: str,
    old: date | str | None,
    new: date | str | None,
    operation: str,
    lang: Lang,
) -> Text:
    """Write one value into the 設定 sheet and into the audit log; return old → new."""
    label = definition.label(key) if key != PURPOSE else Text("目的", "Purpose")
    then, now = (Text(shown(key, value, "ja"), shown(key, value, "en")) for value in (old, new))
    if old == new:
        return Text(f"{label.ja}は{now.ja}のままです。", f"{label.en} stays {now.en}.")
    with book.quiet():
        set_value(book, definition, key, new, lang)
        add_line(book, lang, operation, note=f"{then.to(lang)} → {now.to(lang)}")
    after = follows(book)
    return Text(
        f"{label.ja}: {then.ja} → {now.ja}\n{after.ja}",
        f"{label.en}: {then.en} → {now.en}\n{after.en}",
    )


def edit_definition(book: Book, lang: Lang) -> Text | None:
    """Bring the 設定 sheet to the front, made where it is missing; say what its changes would move before they are adopted.

    Raises
    ------
    Refusal
        Where the sheet cannot be read as a definition; it is shown all the same.
    """
    with book.quiet():
        block, made = ready(book, load_definition(), lang)
    book.show(block.sheet, block.first_row, block.first_column)
    definition = definition_in(book)
    if made:
        return Text(
            f"シート「{block.sheet}」を作りました。「値」の列を直して「更新」を押すと反映されます。",
            f'The sheet "{block.sheet}" was made. Change the column "Value" and press Refresh.',
        )
    run = _find_workbook_run(book)
    moved = changes(run.definition, definition) if run is not None else ()
    if run is None or not moved:
        return None
    tried = preview(run, definition)
    with book.quiet():
        book.write(
            EFFECT_MARK, sheet_called(book, EFFECT_SHEET, lang), oblong(_write_effect_sheet_rows(tried, moved, lang))
        )
    book.show(block.sheet, block.first_row, block.first_column)
    return _word_definition_effect(tried, moved, book)


def _find_workbook_run(book: Book) -> Portfolio | None:
    """Return the run that the workbook names, None where it has none that can be had."""
    try:
        return run_of(book)[0]
    except Refusal:
        return None


def _word_definition_effect(tried: Preview, moved: tuple[Change, ...], book: Book) -> Text:
    more = len(moved) - _LISTED
    ja = "\n".join(f"・{each.label.ja}: {each.before} → {each.after}" for each in moved[:_LISTED])
    en = "\n".join(f"- {each.label.en}: {each.before} → {each.after}" for each in moved[:_LISTED])
    if any(each.key == AS_OF for each in moved):
        ja += f"\n{_WITHOUT_DAY.ja}"
        en += f"\n{_WITHOUT_DAY.en}"
    then = follows(book)
    return Text(
        f"{tried.sentence.ja}。\nまだ反映していない変更:\n{ja}{f'{chr(10)}ほか{more}項目' if more > 0 else ''}\n"
        f"移動する顧客はシート「{EFFECT_SHEET.ja}」にあります。{then.ja}",
        f"Changes not taken up yet: {tried.sentence.en}.\n{en}{f'{chr(10)}and {more} more' if more > 0 else ''}\n"
        f'Who would move is on the sheet "{EFFECT_SHEET.en}". {then.en}',
    )


def _write_effect_sheet_rows(tried: Preview, moved: tuple[Change, ...], lang: Lang) -> list[list[Cell]]:
    """Return the changed entries, and below them who would move in which scheme."""
    head = (Text("項目", "Entry"), Text("今の値", "Now"), Text("新しい値", "New"), Text("キー", "Key"))
    who = (
        Text("分類", "Scheme"),
        Text("顧客ID", "Customer ID"),
        Text("顧客名", "Name"),
        Text("今", "Now"),
        Text("変更後", "After"),
        Text("主因", "Main reason"),
    )
    rows: list[list[Cell]] = [[tried.sentence.to(lang)], [], [text.to(lang) for text in head]]
    rows += [[each.label.to(lang), each.before, each.after, each.key] for each in moved]
    rows += [[], [text.to(lang) for text in who]]
    for by, movement in tried.movements.items():
        name = words.text("axes", by) if by in words.codes("axes") else tried.portfolio.scheme_text(by)
        rows += [
            [
                name.to(lang),
                mover.customer_id,
                mover.name,
                movement.word(mover.before).to(lang),
                movement.word(mover.after).to(lang),
                mover.reason.to(lang),
            ]
            for mover in movement.movers
        ]
    return rows
