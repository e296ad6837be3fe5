"""The buttons of the group ヘルプ: the list of functions, the glossary, the diagnosis, and a copy with values only."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from addin.functions.registry import functions
from addin.ribbon.auditing import add_line
from addin.ribbon.choosing import present
from addin.ribbon.inputs import run_of
from addin.ribbon.linking import relink
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from pathlib import Path

    from addin.ribbon.action import Action
    from addin.shared.book import Book, Cell
    from engine.commands.checkup import Check, State
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

FUNCTIONS_MARK: Final = "PF_FUNCTIONS"
FUNCTIONS_SHEET: Final = Text("関数一覧", "Functions")
GLOSSARY_MARK: Final = "PF_GLOSSARY"
GLOSSARY_SHEET: Final = Text("用語集", "Glossary")
DOCTOR_MARK: Final = "PF_DOCTOR"
DOCTOR_SHEET: Final = Text("診断", "Diagnosis")
VALUES: Final = Text("値のみ", "values")
UNNAMED: Final = Text("顧客ポートフォリオ", "customer-portfolio")
_FUNCTIONS: Final = (
    Text("関数", "Function"),
    Text("分類", "Category"),
    Text("説明", "What it returns"),
    Text("引数([ ]は省略できる)", "Arguments ([ ] may be left out)"),
)
_TERMS: Final = (
    Text("用語", "Term"),
    Text("別の言語で", "In the other language"),
    Text("意味", "Meaning"),
    Text("一覧", "List"),
    Text("どこで見るか", "Where"),
)
_CHECKS: Final = (
    Text("結果", "Result"),
    Text("項目", "Item"),
    Text("見つかったもの", "Found"),
    Text("直し方", "What to do"),
)
_STATES: Final[dict[State, Text]] = {
    "ok": Text("○", "ok"),
    "hint": Text("注", "note"),
    "bad": Text("×", "mend"),
}


def functions_list(book: Book, lang: Lang) -> None:
    """Show every worksheet function with its arguments; a sheet of the template's own is only brought to the front."""
    rows: list[list[Cell]] = [[text.to(lang) for text in _FUNCTIONS]]
    for each in functions():
        names = [argument.label.to(lang) for argument in each.arguments]
        told = [
            f"[{name}]" if argument.optional else name for name, argument in zip(names, each.arguments, strict=True)
        ]
        rows.append([each.name, each.category.to(lang), Text(each.ja, each.en).to(lang), ", ".join(told)])
    present(book, FUNCTIONS_MARK, FUNCTIONS_SHEET, rows, lang)


def glossary(book: Book, lang: Lang) -> None:
    """Show the glossary; a sheet of the template's own is only brought to the front."""
    from engine.language.glossary import terms

    other: Lang = "en" if lang == "ja" else "ja"
    rows: list[list[Cell]] = [[text.to(lang) for text in _TERMS]]
    rows += [
        [each.term.to(lang), each.term.to(other), each.meaning.to(lang), each.group.to(lang), each.place.to(lang)]
        for each in terms()
    ]
    present(book, GLOSSARY_MARK, GLOSSARY_SHEET, rows, lang)


def diagnose(book: Book, lang: Lang) -> Text:
    """Look for whatever keeps cells, buttons or reports from working, and write it with its mend on a sheet of ours."""
    from addin.install.doctor import checks

    book.progress(Text("調べています…(報告書の印刷も試します)", "Looking (the printer of reports, too)…").to(lang))
    found = checks()
    rows: list[list[Cell]] = [[text.to(lang) for text in _CHECKS]]
    rows += [_write_check_row(check, lang) for check in found]
    written = present(book, DOCTOR_MARK, DOCTOR_SHEET, rows, lang)
    wrong = [check for check in found if check.state == "bad"]
    if wrong:
        # What has to be done is told here as well: a sheet may be in nobody's sight.
        ja = f"直すところが {len(wrong)} 件あります。\n" + "\n".join(
            f"・{check.name.ja}: {check.found.ja} → {check.mend.ja}" for check in wrong
        )
        en = f"{len(wrong)} to mend.\n" + "\n".join(
            f"- {check.name.en}: {check.found.en} → {check.mend.en}" for check in wrong
        )
    else:
        ja, en = "すべて整っています。", "Everything is in order."
    if not written:
        ja += f"\nシート「{DOCTOR_SHEET.ja}」には別の内容があるため、一覧は書きませんでした。"
        en += f'\nThe sheet "{DOCTOR_SHEET.en}" holds other content; the list was not written.'
    return Text(ja, en)


def _write_check_row(check: Check, lang: Lang) -> list[Cell]:
    mend = check.mend.to(lang)
    return [_STATES[check.state].to(lang), check.name.to(lang), check.found.to(lang), mend or None]


def values_copy(book: Book, lang: Lang) -> Text | None:
    """Save a copy in which every formula is its value, where the user wants it; None when they cancel.

    Raises
    ------
    Refusal
        `argument` for the workbook's own place, `unwritable` where the copy cannot be written.
    """
    stem = book.path.stem if book.path is not None else UNNAMED.to(lang)
    today = date.today()  # noqa: DTZ011 - the user's own calendar day is meant
    title = Text("値だけの控えの保存先を選んでください", "Where shall the values-only copy go?")
    place = book.choose_place(title.to(lang), f"{stem}_{VALUES.to(lang)}_{today:%Y%m%d}.xlsx")
    if place is None:
        return None
    chosen, place = place, place if place.suffix.lower() == ".xlsx" else place.with_name(f"{place.name}.xlsx")
    if book.path is not None and _is_same_place(place, book.path):
        raise Refusal(
            "argument",
            "このブック自身には上書きできません。別の名前を付けてください",
            "the copy cannot take the place of this workbook; give it another name",
        )
    sure = Text(f"「{place.name}」はすでにあります。置き換えますか?", f'"{place.name}" exists. Replace it?')
    # Whether the chosen file may be replaced was asked where it was chosen.
    if place != chosen and place.exists() and not book.confirm(sure.to(lang)):
        return None
    book.progress(Text("控えを保存しています…", "Saving the copy…").to(lang))
    try:
        book.save_values(place)
    except OSError as error:
        raise Refusal(
            "unwritable",
            f"{place} に保存できません({error.strerror or error})。開いていれば閉じ、フォルダーを確かめてください",
            f"{place} cannot be written ({error.strerror or error}); close it where it is open, and check the folder",
        ) from error
    with book.quiet():
        add_line(book, lang, "values_copy", _find_scored_run(book), note=place.name)
    return Text(f"値だけの控えを保存しました: {place}", f"The values-only copy is saved: {place}")


def _is_same_place(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve() or str(first).casefold() == str(second).casefold()


def _find_scored_run(book: Book) -> tuple[Portfolio, str] | None:
    try:
        return run_of(book)
    except Refusal:  # a workbook that was never scored may be copied as well
        return None


ACTIONS: Final[dict[str, Action]] = {
    "functions_list": functions_list,
    "glossary": glossary,
    "diagnose": diagnose,
    "values_copy": values_copy,
    "relink": relink,
}
