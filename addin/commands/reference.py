"""The reference of the worksheet functions, `docs/functions.ja.md` and `docs/functions.md`, generated from the register.

After a change to a function, its help or the vocabulary run `python -m addin.commands.reference`.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from addin.functions import registry
from engine.definition import metrics
from engine.language import words
from engine.language.errors import KINDS, Lang, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from addin.functions.registry import WorksheetFunction

FILES: Final[dict[Lang, str]] = {"ja": "functions.ja.md", "en": "functions.md"}

_TITLE: Final = Text("# ワークシート関数", "# Worksheet functions")
_INTRODUCTION: Final = Text(
    "Excel と LibreOffice Calc で同じ名前、同じ引数です。語は日本語でも英語でも、全角でも半角でも使えます。\n"
    "`[run]` を省くと、そのブックの名前付きセル `PF_RUN` の実行を使います。`PF_RUN` を渡しておけば、"
    "入力が変わったときに自動で再計算されます。\n"
    "表を返す関数は1行目が見出しです。「値のみ」を指定すると見出しを除きます。"
    "Calc では、表の大きさの範囲に配列数式として入力してください。",
    "The same names and arguments in Excel and LibreOffice Calc. Words may be Japanese or English, in full or half width.\n"
    "Without `[run]`, the run in the workbook's named cell `PF_RUN` is used; pass `PF_RUN` so that a cell is recalculated\n"
    "whenever the input changes. Tables begin with a header row, which the words `values only` drop. In Calc, enter them\n"
    "as an array formula over a range of the table's size.",
)
_ARGUMENT: Final = Text("引数", "Argument")
_MEANING: Final = Text("意味", "Meaning")
_OPTIONAL: Final = Text("省略可", "optional")
_WORDS: Final = Text("## 使える語", "## Words")
_WORD_HEADER: Final = "| 日本語 | English |\n| --- | --- |"
_METRICS: Final = Text("指標", "Metrics")
_ERRORS: Final = Text("## エラー", "## Errors")
_ERROR_TEXT: Final = Text(
    "答えられないときは、何が、どこで、どう直せばよいかを `#PF ` で始まる文で返します。"
    "範囲を渡したときは、その顧客のセルだけに出ます。種類:",
    "Where there is no answer, a text that begins with `#PF ` says what, where and how to mend it; in a range, only in\n"
    "that customer's cell. The kinds:",
)
_VOCABULARY: Final[dict[str, Text]] = {
    "schemes": Text("分類", "Schemes"),
    "axes": Text("軸", "Axes"),
    "periods": Text("期間", "Periods"),
    "grains": Text("区切り (PORTFOLIO_COHORT、PORTFOLIO_RETENTION の推移)", "Grains (PORTFOLIO_COHORT, trends)"),
    "retention": Text("種類 (PORTFOLIO_RETENTION)", "Kinds (PORTFOLIO_RETENTION)"),
    "cohort_measures": Text("項目 (PORTFOLIO_COHORT)", "Measures (PORTFOLIO_COHORT)"),
    "dimensions": Text("切り口", "Dimensions"),
    "measures": Text("項目 (PORTFOLIO_SUMMARY)", "Measures (PORTFOLIO_SUMMARY)"),
    "ltv_methods": Text("方法 (PORTFOLIO_LTV)", "Methods (PORTFOLIO_LTV)"),
    "opportunities": Text("種別 (PORTFOLIO_NEXT)", "Kinds (PORTFOLIO_NEXT)"),
    "lists": Text("一覧 (PORTFOLIO_LIST)", "Lists (PORTFOLIO_LIST)"),
    "voice": Text("種類 (PORTFOLIO_VOICE)", "Kinds (PORTFOLIO_VOICE)"),
    "voice_by": Text("切り口 (PORTFOLIO_VOICE)", "Groups (PORTFOLIO_VOICE)"),
    "moves": Text("形式 (PORTFOLIO_MOVE)", "Styles (PORTFOLIO_MOVE)"),
    "objectives": Text("目的 (PORTFOLIO_ALLOCATE)", "Objectives (PORTFOLIO_ALLOCATE)"),
    "indices": Text("集中度の指標", "Indices of concentration"),
    "verdicts": Text("判定", "Verdicts"),
    "status": Text("項目 (PORTFOLIO_STATUS)", "Items (PORTFOLIO_STATUS)"),
}


def signature(function: WorksheetFunction) -> str:
    """Return how a function is typed, such as `PORTFOLIO_SEGMENT(customer,[scheme],[run])`."""
    arguments = (f"[{each.name}]" if each.optional else each.name for each in function.arguments)
    return f"{function.name}({','.join(arguments)})"


def reference(lang: Lang) -> str:
    """Return the whole reference as Markdown."""
    parts = [_TITLE.to(lang), _INTRODUCTION.to(lang)]
    for category, functions in groupby(_group_by_category(), key=lambda each: each.category):
        parts.append(f"## {category.to(lang)}")
        parts += [_write_function_reference(each, lang) for each in functions]
    parts.append(_WORDS.to(lang))
    for kind, title in _VOCABULARY.items():
        parts.append(_write_vocabulary_reference(title, (words.text(kind, code) for code in words.codes(kind)), lang))
    parts.append(_write_vocabulary_reference(_METRICS, (each.name for each in metrics.dictionary()), lang))
    parts += [
        _ERRORS.to(lang),
        _ERROR_TEXT.to(lang),
        "\n".join(f"- `#PF {kind.to(lang)}: …`" for kind in KINDS.values()),
    ]
    return "\n\n".join(parts) + "\n"


def _group_by_category() -> list[WorksheetFunction]:
    """Return the functions with those of one category together, categories by their first function."""
    functions = registry.functions()
    order = list(dict.fromkeys(each.category for each in functions))
    return sorted(functions, key=lambda each: order.index(each.category))


def _write_function_reference(function: WorksheetFunction, lang: Lang) -> str:
    rows = [f"| {_ARGUMENT.to(lang)} | {_MEANING.to(lang)} |", "| --- | --- |"]
    for each in function.arguments:
        meaning = Text(each.ja, each.en).to(lang)
        note = f" ({_OPTIONAL.to(lang)})" if each.optional and _OPTIONAL.to(lang) not in meaning else ""
        rows.append(f"| `{each.name}` {each.label.to(lang)} | {meaning}{note} |")
    text = Text(function.ja, function.en).to(lang)
    return f"### {function.name}\n\n`={signature(function)}`\n\n{text}\n\n" + "\n".join(rows)


def _write_vocabulary_reference(title: Text, listed: Iterable[Text], lang: Lang) -> str:
    rows = "\n".join(f"| {each.ja} | {each.en} |" for each in listed)
    return f"### {title.to(lang)}\n\n{_WORD_HEADER}\n{rows}"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path("docs"))
def main(folder: Path) -> None:
    """Write the reference of the worksheet functions into FOLDER."""
    for lang, name in FILES.items():
        path = folder / name
        path.write_text(reference(lang), encoding="utf-8", newline="\n")
        click.echo(str(path))


if __name__ == "__main__":
    main()
