"""The sheet 的中の検証: how the grades of every axis did on the workbook's own past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from addin.functions.answers.backtest import PORTFOLIO_BACKTEST
from addin.ribbon import formats
from engine.language import words
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from addin.functions.registry import Caller
    from addin.shared.book import Book, Cell

AXES: Final = ("risk", "continuity", "growth", "value")
"""Those that can be tested, the one that people act on first."""


def backtest_rows(book: Book, caller: Caller) -> list[list[Cell]]:
    """Return for every axis its name, the verdict and the table of PORTFOLIO_BACKTEST; of one that cannot be tested, why.

    Raises
    ------
    Refusal
        Where no axis can be tested: the first reason.
    """
    lang = caller.lang
    rows: list[list[Cell]] = []
    refused: list[Refusal] = []
    for number, axis in enumerate(AXES):
        name = words.text("axes", axis)
        share = f"{number / len(AXES):.0%}"
        book.progress(
            Text(f"過去の判定を検証中({name.ja})… {share}", f"Testing past grades ({name.en})… {share}").to(lang)
        )
        rows += [[], [name.to(lang)]] if rows else [[name.to(lang)]]
        try:
            rows += cast("list[list[Cell]]", PORTFOLIO_BACKTEST([axis], caller=caller))
        except Refusal as refusal:
            refused.append(refusal)
            rows.append([refusal.to(lang)])
    if len(refused) == len(AXES):
        raise refused[0]
    return rows


def backtest_formats(digits: int) -> tuple[str, ...]:
    """Return the number format of each column: section, item, counts, shares, measures of a ranking, money."""
    money = formats.money_format(digits)
    shares, measures = [formats.RATE] * 4, (formats.DECIMAL, formats.DECIMAL, formats.RATE, formats.DECIMAL)
    return ("", "", formats.COUNT, formats.COUNT, *shares, *measures, money, money, money)
