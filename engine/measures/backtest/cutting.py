"""The clean tables as they would have stood on an earlier day: rows cut by their dates, and what has no date left out.

Decision 0330: why the past is cut by masks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language.errors import Text
from engine.scoring.forecast.history_cut import keep_customers, tables_known_on

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables

_UNDATED: Final = {
    "sales": Text("年間売上(手入力)", "typed yearly sales"),
    "continuity": Text("継続性(手入力)", "typed continuity"),
    "growth": Text("成長(手入力)", "typed growth"),
    "risk": Text("リスク(手入力)", "typed risk"),
    "strategy": Text("戦略(手入力)", "typed strategy"),
    "credit_limit": Text("与信枠", "credit limit"),
    "overdue_days": Text("延滞日数", "days overdue"),
    "overdue_count": Text("遅延回数", "late payments"),
    "potential": Text("ターゲット規模", "potential"),
    "market_growth": Text("市場の成長率", "market growth"),
    "deal_size": Text("商談規模", "deal size"),
    "win_probability": Text("受注確度", "chance to win"),
    "win_level": Text("受注確度", "chance to win"),
}
"""What the customer table says as of today, without telling since when: on an earlier day it may have been otherwise."""

_CONTRACT: Final = Text("後の日付の契約開始日・契約終了日", "contract starts and ends dated later")
_OPEN: Final = Text("接点の未完了", "contacts still open")
_MARGIN: Final = Text(
    "商品表の粗利率・定価(今の値のまま使用)", "margins and prices of the products (used as they are now)"
)


@dataclass(frozen=True, eq=False)
class Cut:
    """The tables of an earlier day.

    Parameters
    ----------
    tables
        Customers that had ordered by then, and their rows up to that day, end inclusive.
    customer
        For each of these customers its position in the whole table.
    left_out
        What could not be dated and was therefore left out, or used as it is now where the text says so.
    """

    tables: Tables
    customer: NDArray[np.intp]
    left_out: tuple[Text, ...]


def cut_tables(tables: Tables, day: date) -> Cut:
    """Return the tables as of `day`; nothing that is dated later can change them.

    Orders, contacts, surveys and costs are kept up to the day, end inclusive. A customer whose first order came later is
    not there yet. Today's states of the customer table have no date and are blanked; so are starts and ends of
    contracts after the day, which a renewal would have moved. Plans, actions, benchmarks and leads are in no score.
    No row is cleaned anew: frames are cut by masks.
    """
    known = tables_known_on(tables, day)
    assert known.orders is not None  # noqa: S101 - `engine.measures.backtest.origins` refuses tables without orders
    kept = np.zeros(len(tables.customers), np.bool_)
    kept[known.orders["customer"].to_numpy(np.int64)] = True
    customers, left_out = _cut_customers(tables.customers, kept, np.datetime64(day, "D"))
    found = keep_customers(known, kept, customers)
    if found.contacts is not None and found.contacts["open"].any():
        found = replace(found, contacts=found.contacts.assign(open=False))
        left_out.append(_OPEN)
    if tables.products is not None:
        left_out.append(_MARGIN)
    found = replace(found, leads=None, plans=None, actions=None, benchmarks=None, findings=(), sources=())
    return Cut(found, np.flatnonzero(kept), tuple(dict.fromkeys(left_out)))


def _cut_customers(
    customers: pd.DataFrame, kept: NDArray[np.bool_], end: np.datetime64
) -> tuple[pd.DataFrame, list[Text]]:
    found = customers[kept].reset_index(drop=True)
    left_out = []
    for name, text in _UNDATED.items():
        if found[name].notna().any():
            left_out.append(text)
            found[name] = _blank_column(found[name])
    for name in ("contract_start", "contract_end"):
        later = (found[name] > end).to_numpy(dtype=bool)
        if later.any():
            left_out.append(_CONTRACT)
            found[name] = found[name].mask(later)
    return found, left_out


def _blank_column(column: pd.Series) -> pd.Series:
    """Return a column of the same kind without any value."""
    if column.dtype == object:
        return pd.Series(np.full(len(column), None, dtype=object), dtype=object)
    return column.mask(column.notna())
