"""The run itself: scoring table ranges, and the state of a run.

Decision 0005: why PORTFOLIO_RUN takes every table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.functions import helps, live, spills, status
from addin.functions.cells import words_of
from addin.functions.lookup import view_of
from addin.functions.registry import worksheet_function
from engine.language import words
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Block, Cell
    from addin.functions.registry import Caller

ITEM: Final = Text("項目", "item")


@worksheet_function(
    category=helps.RUNS_GROUP,
    ja="顧客表(と取引表)を採点し、実行IDを返します。同じ入力なら同じIDです。結果のセルに名前 PF_RUN を付けて使います。",
    en="Scores the customer table (and orders) and returns the run's handle; equal input gives an equal handle. "
    "Name its cell PF_RUN.",
    arguments={
        "customers": helps.CUSTOMERS,
        "orders": helps.ORDERS,
        "definition": helps.DEFINITION,
        "contacts": helps.CONTACTS,
        "surveys": helps.SURVEYS,
        "costs": helps.COSTS,
        "products": helps.PRODUCTS,
        "leads": helps.LEADS,
        "plans": helps.PLANS,
        "actions": helps.ACTIONS,
        "benchmarks": helps.BENCHMARKS,
    },
)
def PORTFOLIO_RUN(  # noqa: N802 - the name in the sheet, as below
    customers: Block,
    orders: Block | None = None,
    definition: Block | None = None,
    contacts: Block | None = None,
    surveys: Block | None = None,
    costs: Block | None = None,
    products: Block | None = None,
    leads: Block | None = None,
    plans: Block | None = None,
    actions: Block | None = None,
    benchmarks: Block | None = None,
    *,
    caller: Caller,
) -> str:
    """Score table ranges once and return the run's handle, such as `PF-20261122-7f3a9c`."""
    given = {
        "customers": customers,
        "orders": orders,
        "contacts": contacts,
        "surveys": surveys,
        "costs": costs,
        "products": products,
        "leads": leads,
        "plans": plans,
        "actions": actions,
        "benchmarks": benchmarks,
    }
    return live.score_ranges({name: block for name, block in given.items() if block is not None}, definition, caller)


@worksheet_function(
    category=helps.RUNS_GROUP,
    ja="実行の状態を返します。項目は 実行ID・基準日・鮮度・件数・品質・定義版・階層・未反映・マスキング・目的。省略時はすべて。",
    en="Returns the state of the run: Run, As-of date, Freshness, Counts, Quality, Definition, Tier, Pending, Masking, Purpose; "
    "all of it without an item.",
    arguments={"item": helps.ITEM, "run": helps.RUN},
)
def PORTFOLIO_STATUS(item: Sequence[Cell] = (), run: Cell = None, *, caller: Caller) -> object:  # noqa: N802
    """Return one item of the run's state, or several or all of them as two columns."""
    view = view_of(run, caller)
    plain, chosen = spills.take_values_only(words_of(item))
    codes = [words.resolve("status", word, ITEM) for word in chosen]
    if len(codes) == 1 and not plain:
        return status.item(view, codes[0], caller)
    rows = status.rows(view, codes or words.codes("status"), caller)
    return rows[1:] if plain else rows
