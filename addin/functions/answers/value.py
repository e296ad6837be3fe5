"""Lifetime value and the probability that a customer stays away."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from addin.functions import helps
from addin.functions.cells import words_of
from addin.functions.lookup import View, customer_text, per_customer, view_of
from addin.functions.registry import Help, worksheet_function
from addin.functions.spills import take_values_only
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Block, Cell
    from addin.functions.registry import Caller
    from engine.language.errors import Lang
    from engine.measures.value.lifetime import Lifetimes

METHOD: Final = Text("方法", "method")
ENDS: Final = {"low": Text("下限", "Low"), "mid": Text("中央", "Mid"), "high": Text("上限", "High")}
_STYLES: Final = {
    "interval": ("区間", "信頼区間", "幅", "interval", "range"),
    "convention": ("前提", "条件", "convention", "basis"),
}
_STYLE_OF: Final = {words.normalise(word): style for style, spoken in _STYLES.items() for word in spoken}

YEARS: Final = Help(
    "number",
    Text("年数", "years"),
    Text(
        "何年先まで数えるか(省略時は定義の年数、標準は5)",
        "How many years ahead count (the definition's, 5, when left out)",
    ),
)
RATE: Final = Help(
    "number",
    Text("割引率", "rate"),
    Text(
        "年率。10%は0.1(省略時は定義の割引率)", "Discount rate per year, 10 % is 0.1 (the definition's when left out)"
    ),
)
METHODS: Final = Help(
    "words",
    Text("方法", "method"),
    Text(
        "BTYD・遷移・維持率・簡易(省略時はデータに合うもの)。「区間」で下限・中央・上限(「値のみ」で見出しなし)、「前提」で計算の前提",
        "BTYD, Markov, Retention or Simple (what the data can carry when left out). Add interval for low, mid and high "
        "(Values only: no header), or convention",
    ),
)
DAYS: Final = Help(
    "number",
    Text("日数", "days"),
    Text(
        "何日先までの確率か(省略時は定義の日数、標準は365)",
        "How many days ahead (the definition's, 365, when left out)",
    ),
)


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="顧客生涯価値(LTV)を返します。方法は BTYD・遷移・維持率・簡易。「区間」を加えると下限・中央・上限、「前提」で計算の前提を返します。",
    en="Returns the customer's lifetime value. Methods: BTYD, Markov, Retention, Simple. "
    '"interval" returns low, mid and high, "convention" what the value rests on.',
    arguments={"customer": helps.CUSTOMER, "years": YEARS, "rate": RATE, "method": METHODS, "run": helps.RUN},
)
def PORTFOLIO_LTV(  # noqa: N802 - the name in the sheet, as below
    customer: Cell | Block,
    years: float | None = None,
    rate: float | None = None,
    method: Sequence[Cell] = (),
    run: Cell = None,
    *,
    caller: Caller,
) -> object:
    """Return the lifetime value of one customer or of each in a range, in whole currency units, or its interval."""
    from engine.measures.value.lifetime import (
        lifetimes,  # here: a cell that asks for no value does not wait for the models
    )

    view = view_of(run, caller)
    plain, asked, style = _resolve_value_method(words_of(method))
    if plain and style != "interval":
        raise Refusal(
            "argument",
            "「値のみ」は「区間」と合わせて指定してください",
            '"Values only" goes with "interval"',
        )
    found = lifetimes(view.portfolio, years, rate, asked)
    if style == "convention":
        return per_customer(view, customer, lambda place: _word_value_basis(found, place, caller.lang), caller)
    if style != "interval":
        return per_customer(view, customer, _write_lifetime_values(view, found, "mid", caller.lang).__getitem__, caller)
    rows = _write_value_intervals(view, found, customer, caller)
    return rows if plain else [[text.to(caller.lang) for text in ENDS.values()], *rows]


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="今後の日数内に購入がない(契約なら更新されない)確率を0〜1で返します。データが足りない顧客は「算出不可」。",
    en="Returns the probability, 0 to 1, of no purchase (or no renewal of the contract) within the days ahead. "
    "n/a where the data do not tell.",
    arguments={"customer": helps.CUSTOMER, "days": DAYS, "run": helps.RUN},
)
def PORTFOLIO_CHURN(  # noqa: N802
    customer: Cell | Block, days: float | None = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return the probability that one customer, or each in a range, stays away."""
    from engine.measures.value.lifetime import churn_probability  # as above

    view = view_of(run, caller)
    found = churn_probability(view.portfolio, days)

    def make() -> list[object]:
        none = NOT_AVAILABLE.to(caller.lang)
        return [none if np.isnan(value) else value for value in found.probability.tolist()]

    cells = view.portfolio.once(("churn.cells", found.days, caller.lang), make)
    return per_customer(view, customer, cells.__getitem__, caller)


def _resolve_value_method(chosen: Sequence[str]) -> tuple[bool, str | None, str | None]:
    """Return whether the header is to be dropped, the method's code, and the style, `interval` or `convention`.

    Method and style may stand in one text, a space between them; None where none is named.
    """
    whole, rest = take_values_only(chosen)
    plain, said = take_values_only(list(chain.from_iterable(word.split() for word in rest)))
    styles = list(filter(None, (_STYLE_OF.get(words.normalise(word)) for word in said)))
    named = [word for word in said if words.normalise(word) not in _STYLE_OF]
    if len(named) > 1 or len(set(styles)) > 1:
        raise Refusal(
            "argument",
            f"方法も形式も1つだけ指定してください(指定: {'・'.join(said)})",
            f"give one method and one style only (given: {', '.join(said)})",
        )
    method = words.resolve("ltv_methods", named[0], METHOD) if named else None
    return whole or plain, method, styles[0] if styles else None


def _word_value_basis(found: Lifetimes, place: int, lang: Lang) -> str:
    """Return what a customer's value rests on: the method, the model and why it answered, the terms; or why there is none."""
    reason = found.frame[f"reason_{lang}"].iloc[place]
    told = [words.label("ltv_methods", found.method, lang), found.answered.to(lang), found.convention.to(lang)]
    if reason is not None:
        told.insert(0, f"{NOT_AVAILABLE.to(lang)}: {reason}")
    return (" / ").join(told)


def _write_lifetime_values(view: View, found: Lifetimes, end: str, lang: Lang) -> list[object]:
    """Return one end of the values as cells, in whole currency units and rounded to its minor ones; made once per run."""

    def make() -> list[object]:
        none, unit = NOT_AVAILABLE.to(lang), 10**view.portfolio.digits
        values = np.rint(found.frame[end].to_numpy(np.float64, na_value=np.nan)) / unit
        return [none if np.isnan(value) else value for value in values.tolist()]

    return view.portfolio.once(("lifetimes.cells", found.terms, found.method, end, lang), make)


def _write_value_intervals(view: View, found: Lifetimes, customer: Cell | Block, caller: Caller) -> list[list[object]]:
    """Return low, mid and high of each customer, one row each, in the order of the range."""
    if not isinstance(customer, list):
        view.place(customer_text(customer))  # a single customer that cannot be found is refused as a whole
        customer = [[customer]]
    column: Block = [[name] for name in chain.from_iterable(customer)]
    ends: list[list[list[object]]] = [
        per_customer(view, column, _write_lifetime_values(view, found, end, caller.lang).__getitem__, caller)  # type: ignore[misc]
        for end in ENDS
    ]
    return [[cells[0] for cells in row] for row in zip(*ends, strict=True)]
