"""What could be sold next to a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from addin.functions import helps
from addin.functions.cells import words_of
from addin.functions.lookup import customer_text, view_of
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
    from engine.measures.opportunities import Kind
    from engine.scoring.portfolio import Portfolio

KIND: Final = Text("種別", "kind")
HEADER: Final = (
    Text("商品", "Product"),
    Text("種別", "Kind"),
    Text("根拠n", "Evidence n"),
    Text("リフト", "Lift"),
    Text("期待粗利", "Expected gross profit"),
)
REASON: Final = Text("理由", "Reason")
NO_LIFT: Final = "-"  # an upsell has no lift: that is no gap in the data
_REASONS: Final = frozenset(map(words.normalise, ("理由", "理由つき", "理由付き", "reason", "reasons", "with reason")))

KINDS_WANTED: Final = Help(
    "words",
    KIND,
    Text(
        "クロスセル・アップセル・ホワイトスペース(省略時はすべて)。「理由」で理由の列を加え、「値のみ」で見出しを除く",
        "Cross-sell, Upsell, Whitespace (all when left out). Reason adds a column, Values only drops the header",
    ),
)
TOP: Final = Help(
    "number",
    Text("件数", "top"),
    Text("上位何件までか(省略時は定義の件数、標準は5)", "How many at most (the definition's, 5, when left out)"),
)


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="顧客に次に提案できる商品を、期待粗利(年)の大きい順に表で返します。取引表に商品の列が必要です。",
    en="Returns what could be sold next to a customer, the largest expected gross profit a year first. "
    "The orders need a product column.",
    arguments={"customer": helps.CUSTOMER, "kind": KINDS_WANTED, "top": TOP, "run": helps.RUN},
)
def PORTFOLIO_NEXT(  # noqa: N802
    customer: Cell | Block, kind: Sequence[Cell] = (), top: float | None = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return one row per proposal of one customer, with a header row; money in whole currency units."""
    view = view_of(run, caller)
    if isinstance(customer, list):
        raise Refusal("argument", "顧客は1社だけ指定してください", "please give a single customer")
    plain, chosen = take_values_only(words_of(kind))
    told = [word for word in chosen if words.normalise(word) in _REASONS]
    kinds = _resolve_opportunity_kinds([word for word in chosen if word not in told])
    name = customer_text(customer)
    if not name:
        return ""
    place = view.place(name)
    from engine.measures.opportunities import (
        next_for,  # late, as below: the first answer of a cell does not wait for it
    )

    found = next_for(view.portfolio, place, kinds, _read_proposal_limit(top))
    if found.empty:
        raise _refuse_without_proposal(view.portfolio)
    header = [*HEADER, REASON] if told else HEADER
    rows = _write_proposal_rows(found, view.portfolio, bool(told), caller.lang)
    return rows if plain else [[text.to(caller.lang) for text in header], *rows]


def _resolve_opportunity_kinds(chosen: Sequence[str]) -> tuple[Kind, ...]:
    from engine.measures.opportunities import KINDS

    codes = {words.resolve("opportunities", word, KIND) for word in chosen}
    return KINDS if not codes or "all" in codes else tuple(kind for kind in KINDS if kind in codes)


def _read_proposal_limit(top: float | None) -> int | None:
    if top is None:
        return None
    if top < 1 or not float(top).is_integer():
        raise Refusal(
            "argument",
            f"件数は1以上の整数で指定してください({top:g})",
            f"top must be a whole number from 1 on ({top:g})",
        )
    return int(top)


def _write_proposal_rows(
    found: pd.DataFrame, portfolio: Portfolio, with_reason: bool, lang: Lang
) -> list[list[object]]:
    unit = 10**portfolio.digits
    rows: list[list[object]] = []
    columns = ("product", "kind", "n", "lift", "expected", f"reason_{lang}")
    for product, kind, n, lift, expected, reason in found[list(columns)].itertuples(index=False):
        profit: object = NOT_AVAILABLE.to(lang) if pd.isna(expected) else expected if unit == 1 else expected / unit
        ratio: object = NO_LIFT if pd.isna(lift) else float(lift)
        row: list[object] = [product, words.label("opportunities", kind, lang), n, ratio, profit]
        rows.append([*row, reason] if with_reason else row)
    return rows


def _refuse_without_proposal(portfolio: Portfolio) -> Refusal:
    least = int(portfolio.definition.number("affinity.min_count"))
    return Refusal(
        "too_little_data",
        f"根拠のある提案がありません(必要: その商品を買う顧客{least}社以上と、利益の見込み)",
        f"there is no proposal with evidence (needed: {least} customers that buy the product, and a profit in it)",
    )
