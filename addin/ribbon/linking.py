"""関数リンクを直す: formulas that call our functions through another place are freed from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addin.functions.links import relinked
from engine.language import incidents
from engine.language.errors import Text

if TYPE_CHECKING:
    from addin.shared.book import Book
    from engine.language.errors import Lang


def relink(book: Book, lang: Lang) -> Text:
    """Mend the links of the workbook's formulas to our functions; return what to tell the user."""
    mended, left = _mend_formula_links(book, lang)
    if left:
        return Text(
            f"関数リンクを {mended:,} か所直しました。{left:,} か所は、シートが保護されているか配列数式が長すぎるため"
            "直せませんでした。保護を解除して、もう一度押してください。",
            f"Formulas linked anew: {mended:,}. Not possible: {left:,}, since the sheet is protected or the array formula is "
            "too long. Unprotect the sheet and press again.",
        )
    if mended:
        return Text(f"関数リンクを {mended:,} か所直しました。", f"Formulas linked anew: {mended:,}.")
    return Text(
        "直す関数リンクはありません。#NAME? と出るセルは、F2 と Enter で入力し直すか、「診断」で確かめてください。",
        "No formula is linked to another place. Where a cell says #NAME?, enter it again (F2, Enter) or press Diagnose.",
    )


def relink_opened(book: Book, lang: Lang) -> None:
    """Mend a workbook that was just opened: without a word, and never raises. Its cells show what could not be mended."""
    try:
        _mend_formula_links(book, lang)
    except Exception as error:  # noqa: BLE001 - whoever opens a workbook shall not meet our errors; the log has them
        incidents.record(error, "relink", [book])
    finally:
        book.progress(None)


def _mend_formula_links(book: Book, lang: Lang) -> tuple[int, int]:
    mended = left = 0
    with book.quiet():
        for sheet in book.sheets():
            done, kept = book.rewrite(sheet, relinked)
            mended, left = mended + done, left + kept
            if done:
                book.progress(Text(f"関数リンクを直しています… {sheet}", f"Linking anew… {sheet}").to(lang))
    return mended, left
