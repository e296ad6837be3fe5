"""The buttons of the group スコア: score again, choose date and purpose, edit the definition, see what is not taken up.

Decision 0031: where 更新 writes, and what it leaves alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.ribbon.auditing import AUDIT_SHEET, add_line
from addin.ribbon.inputs import PF_RUN, definition_in, read_inputs
from addin.ribbon.results import (
    PORTFOLIO_SHEET,
    QUALITY_RUN,
    QUALITY_SHEET,
    portfolio_formats,
    portfolio_rows,
    quality_rows,
)
from addin.ribbon.scoring.defining import as_of, edit_definition, purpose
from addin.ribbon.scoring.pending import pending
from engine.language.errors import Refusal, Text
from engine.runs import runs
from engine.scoring.pipeline import score_tables

if TYPE_CHECKING:
    from addin.ribbon.action import Action
    from addin.shared.book import Book, Named
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

TABLE_MARK: Final = "PF_TABLE"
QUALITY_MARK: Final = "PF_QUALITY"
PF_LIVE: Final = "PF_LIVE"  # the name that our template and sample give to the title of their ポートフォリオ表
# The sheets of our template with room for more customers than there may be: nobody wants to print that room.
PRINTED: Final = frozenset(
    {"ポートフォリオ表", "集中リスク", "マップ", "異動", "試算", "機会", "価値と維持", "顧客の声"}
)
_NOT_STORED: Final = Text("実行を保存できませんでした", "the run could not be stored")


def refresh(book: Book, lang: Lang) -> Text:
    """Read, clean and score the workbook's tables, store the run, and write its results; return what to tell the user.

    A run that cannot be stored (a full disk) is shown all the same: the user is told.

    Where `PF_RUN` holds a formula (`=PORTFOLIO_RUN(…)`), the formula stays: the host calculates it, and the sheets show
    the run that it names. Else the cell receives the handle; without such a cell, one on the data quality sheet does.

    Raises
    ------
    Refusal
        When the input cannot be scored, or the run of a formula cannot be had; nothing has been written then.
    """
    named = book.named(PF_RUN)
    if named is not None and named.is_formula:
        scored, handle = _calculate_formula_run(book, lang)
    else:
        book.progress(Text("表を読んでいます…", "Reading the tables…").to(lang))
        raw, definition = read_inputs(book), definition_in(book)
        book.progress(Text("採点しています…", "Scoring…").to(lang))
        scored = score_tables(raw, definition)
        handle = runs.remember(scored)
    book.progress(Text("結果を書いています…", "Writing the results…").to(lang))
    with book.quiet():
        kept = _write_run_sheets(book, scored, handle, named, lang)
        trouble = _store_scored_run(scored)
        note = "" if trouble is None else _NOT_STORED.to(lang)
        if not add_line(book, lang, "refresh", (scored, handle), count=len(scored), note=note):
            kept = (*kept, AUDIT_SHEET)
    if book.named(PF_LIVE) is not None:
        for sheet in book.sheets():
            if sheet in PRINTED:
                book.fit_print(sheet)
    return _word_refresh_result(scored, handle, kept, trouble)


def _store_scored_run(scored: Portfolio) -> Text | None:
    """Store the run; return why it could not be stored."""
    try:
        runs.keep(scored, "refresh")
    except Refusal as refusal:
        return Text(
            f"ただし実行を保存できませんでした(ブックを閉じると前回との比較に使えません)。{refusal.to('ja')}",
            f"The run could not be stored, though (it cannot be compared with later). {refusal.to('en')}",
        )
    return None


def _calculate_formula_run(book: Book, lang: Lang) -> tuple[Portfolio, str]:
    """Return the run that the formula in `PF_RUN` gives."""
    book.progress(Text("計算しています…", "Calculating…").to(lang))
    book.calculate(PF_RUN)
    named = book.named(PF_RUN)
    value = str(named.value or "") if named else ""
    if value.startswith("#"):
        cause = value.removeprefix("#PF ")
        raise Refusal("no_run", f"PF_RUN の数式が結果を返しません({cause})", f"the formula in PF_RUN fails ({cause})")
    return runs.recall(value), value


def _write_run_sheets(book: Book, scored: Portfolio, handle: str, named: Named | None, lang: Lang) -> tuple[Text, ...]:
    """Write the run and both sheets; return the sheets that were left alone because they hold something else."""
    kept: list[Text] = []
    if not book.write(QUALITY_MARK, QUALITY_SHEET.to(lang), quality_rows(scored, handle, lang)):
        kept.append(QUALITY_SHEET)
    if named is None and kept:
        raise Refusal(
            "argument",
            f"実行IDの置き場所がありません。シート「{QUALITY_SHEET.ja}」の名前を変えるか、"
            f"空いているセルに名前 {PF_RUN} を付けてください",
            f'there is no place for the run: rename the sheet "{QUALITY_SHEET.en}" or name an empty cell {PF_RUN}',
        )
    table = portfolio_rows(scored, lang), portfolio_formats(scored)
    # In our own workbooks the sheet's formulas show the run: that they stay is as it should be, and nothing to be told.
    if not book.write(TABLE_MARK, PORTFOLIO_SHEET.to(lang), *table) and book.named(PF_LIVE) is None:
        kept.append(PORTFOLIO_SHEET)
    if named is None:
        book.define(PF_RUN, QUALITY_MARK, *QUALITY_RUN)
    elif not named.is_formula:
        book.put(PF_RUN, handle)
    return tuple(kept)


def _word_refresh_result(scored: Portfolio, handle: str, kept: tuple[Text, ...], trouble: Text | None) -> Text:
    orders = 0 if scored.orders is None else len(scored.orders)
    unused = int(scored.reconciliation["listed"].sum())
    ja = f"更新しました: 顧客 {len(scored):,}・取引 {orders:,}・使えない行 {unused:,}(実行ID {handle})"
    en = f"Refreshed: {len(scored):,} customers, {orders:,} orders, {unused:,} rows not used (run {handle})"
    if unused:
        ja += f"\n使えない行の理由は「{QUALITY_SHEET.ja}」にあります。"
        en += f'\nThe reasons are on the sheet "{QUALITY_SHEET.en}".'
    for sheet in kept:
        ja += f"\nシート「{sheet.ja}」には数式などの内容があるため、そのまま残しました。"
        en += f'\nThe sheet "{sheet.en}" holds formulas or other content and was left as it is.'
    if trouble is not None:
        ja += f"\n{trouble.ja}"
        en += f"\n{trouble.en}"
    return Text(ja, en)


ACTIONS: Final[dict[str, Action]] = {
    "refresh": refresh,
    "as_of": as_of,
    "purpose": purpose,
    "edit_definition": edit_definition,
    "pending": pending,
}
