"""The sheets 指標辞書, 用語集 and 関数一覧: what metrics, words and functions mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import addin.functions.answers  # noqa: F401 - fills the registry
from addin.commands.reference import signature
from addin.functions import registry
from engine.explanation.dictionary import entries
from engine.language.glossary import terms
from workbooks.style.look import COLOURS
from workbooks.style.word_pages import LEFT, TOP, begin_page, texts, told, write_rows, write_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.definition.definition import Definition
    from engine.language.errors import Text
    from workbooks.style.look import Looks, Workbook, Worksheet

METRICS: Final = (("指標\nMetric", 22), ("種類\nGroup", 16), ("定義\nDefinition", 58), ("単位\nUnit", 13),
                  ("期間(最初が既定)\nPeriods", 26), ("入力\nInputs", 34), ("最小データ・決まり\nLeast data and rules", 40),
                  ("出典\nSource", 36), ("担当(記入)\nOwner", 16))  # fmt: skip
OWNER: Final = 8
TERMS: Final = (("言葉\nTerm", 26), ("読み\nReading", 22), ("一覧\nList", 18), ("意味\nMeaning", 92),
                ("使う場所\nWhere", 42), ("関連\nSee also", 26))  # fmt: skip
FUNCTIONS: Final = (("関数\nFunction", 30), ("分類\nGroup", 14), ("書き方と引数\nArguments", 62), ("説明\nWhat it answers", 66),
                    ("例\nExample", 52))  # fmt: skip
HASH_SHOWN: Final = 8  # letters of a hash that people compare


def write_dictionary(workbook: Workbook, looks: Looks, definition: Definition) -> None:
    """Add 指標辞書: every metric with what it needs, versioned with the definition; 担当 is left for the team."""
    sheet = _begin_word_sheet(workbook, looks, "指標辞書", "metrics", METRICS)
    version = f"定義版 {definition.version}・{definition.hash[:HASH_SHOWN]}"
    sheet.write_string(TOP - 1, LEFT, version, looks.make(font_size=9, font_color=COLOURS["accent"]))
    rows = [
        (
            *map(
                _join_languages,
                (each.name, each.group, each.meaning, each.unit, each.periods, each.inputs, each.rules, each.source),
            ),
            "",
        )
        for each in entries(definition)
    ]
    _write_word_rows(sheet, looks, METRICS, rows, fill_in=(OWNER,))


def write_glossary(workbook: Workbook, looks: Looks) -> None:
    """Add 用語集: the words of the field and of the product."""
    sheet = _begin_word_sheet(workbook, looks, "用語集", "glossary", TERMS)
    rows = [
        (_join_languages(each.term), each.reading, each.group.ja, _join_languages(each.meaning), "\n".join(each.place.ja.split(" · ")),
         "、".join(each.see))
        for each in terms()
    ]  # fmt: skip
    _write_word_rows(sheet, looks, TERMS, rows)


def write_functions(workbook: Workbook, looks: Looks) -> None:
    """Add 関数一覧, generated from the register of the worksheet functions."""
    sheet = _begin_word_sheet(workbook, looks, "関数一覧", "functions", FUNCTIONS)
    examples = texts()["examples"]
    rows = []
    for each in registry.functions():
        arguments = "\n".join(f"{item.name} {item.label.ja}: {item.ja}" for item in each.arguments)
        rows.append((each.name, each.category.ja, f"={signature(each)}\n{arguments}", f"{each.ja}\n{each.en}",
                     examples[each.name]))  # fmt: skip
    _write_word_rows(sheet, looks, FUNCTIONS, rows)


def _begin_word_sheet(
    workbook: Workbook, looks: Looks, name: str, texts_of: str, specs: Sequence[tuple[str, float]]
) -> Worksheet:
    sheet = begin_page(workbook, looks, name, [width for _, width in specs])
    write_title(sheet, looks, told("words_sheets", texts_of, "title"))
    _write_word_sheet_note(sheet, looks, texts_of)
    return sheet


def _write_word_sheet_note(sheet: Worksheet, looks: Looks, texts_of: str) -> None:
    note = told("words_sheets", texts_of, "note")
    sheet.write_string(1, LEFT, f"{note.ja}  {note.en}", looks.note)


def _write_word_rows(
    sheet: Worksheet,
    looks: Looks,
    specs: Sequence[tuple[str, float]],
    rows: Sequence[Sequence[str]],
    fill_in: Sequence[int] = (),
) -> None:
    header, widths = [name for name, _ in specs], [width for _, width in specs]
    write_rows(sheet, looks, TOP, header, rows, widths, fill_in=fill_in)


def _join_languages(text: Text) -> str:
    """Return both languages, one under the other; one line where they are the same or there is no text."""
    return text.ja if text.ja == text.en or not text.en else f"{text.ja}\n{text.en}"
