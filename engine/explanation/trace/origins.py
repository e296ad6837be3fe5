"""Where a metric comes from: which rows of which input table it is made of, and which entries of the definition shape it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.customers.contact_log import COMPLAINT, begun_by_us, months_of
from engine.customers.contact_log import windows as contact_windows
from engine.customers.order_metrics import windows
from engine.customers.survey_answers import answers_of
from engine.customers.voice_columns import own_answers
from engine.reading.columns import TABLES, columns

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Origin:
    """Some rows of one input table.

    Parameters
    ----------
    table
        The table's key.
    which
        The rows that count: a period's code, or another key of `_FILTERS`.
    fields
        The input columns that are read.
    whole
        Whether the rows of all customers count, and not only the customer's own.
    """

    table: str
    which: str = "all"
    fields: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Lineage:
    """The origins of a metric, and the definition's entries that it depends on beside them."""

    origins: tuple[Origin, ...]
    keys: tuple[str, ...] = ()


def _make_order_origin(which: str, *fields: str, whole: bool = False) -> Origin:
    return Origin("orders", which, fields or ("amount",), whole)


def _make_customer_origin(*fields: str) -> Origin:
    return Origin("customers", "all", fields)


_YEAR, _BEFORE, _FISCAL, _FISCAL_BEFORE = (
    "last_12_months",
    "previous_12_months",
    "fiscal_year",
    "previous_fiscal_year",
)
_PERIODS: Final = {"12m": _YEAR, "prev_12m": _BEFORE, "fy": _FISCAL, "prev_fy": _FISCAL_BEFORE}
_START: Final = ("general.fiscal_year_start",)
_ALL_SALES: Final = _make_order_origin(_YEAR, whole=True)
_ALL_PROFIT: Final = _make_order_origin(_YEAR, "amount", "cost", whole=True)
_DAYS: Final = _make_order_origin("bought", "date")
_ALL_DAYS: Final = _make_order_origin("bought", "date", whole=True)
_COSTS: Final = (Origin("costs", "all", ("amount",), whole=True), Origin("contacts", "all", ("hours",), whole=True))
_COST_KEYS: Final = (
    "costs.acquisition_kinds",
    "profit.hourly_cost",
    "profit.common_basis",
    "profit.acquisition_months",
    "profit.cost_gap_days",
)
_ENQUIRIES: Final = ("voice.own_kinds", "voice.velocity_months")
_SURVEY: Final = ("voice.nps_items", "voice.survey_days", "voice.answers")


def _list_period_lineages() -> dict[str, Lineage]:
    """Return the metrics that exist once per period."""
    found: dict[str, Lineage] = {}
    for suffix, period in _PERIODS.items():
        keys = _START if "fiscal" in period else ()
        profit = _make_order_origin(period, "amount", "cost")
        found[f"sales_{suffix}"] = Lineage((_make_order_origin(period),), keys)
        found[f"gross_profit_{suffix}"] = Lineage((profit,), keys)
        shared = (*_COSTS, _make_order_origin(period, whole=True), _ALL_DAYS)
        found[f"net_profit_{suffix}"] = Lineage((profit, *shared), (*keys, *_COST_KEYS))
    return found


_RHYTHM: Final = Lineage((_DAYS,), ("rhythm.min_purchases",))
_GROWTH: Final = Lineage((_make_order_origin(_YEAR), _make_order_origin(_BEFORE), _DAYS), ("growth.grace_days",))
_WALLET: Final = Lineage((_make_order_origin(_YEAR), _make_customer_origin("potential")))
_MARGINS: Final = Lineage((_make_order_origin(_YEAR, "amount", "cost"), _make_order_origin(_BEFORE, "amount", "cost")))
_SEASON: Final = Lineage(
    (_make_order_origin(_YEAR), _make_order_origin(_BEFORE)), ("seasonality.correlation", "seasonality.swing")
)
# A forecast rests on everybody's orders (the model) and on everybody's signs (what the own past taught), and on the own contract.
_CONTRACTS: Final = Origin("customers", "all", ("contract_start", "contract_end", "overdue_days"), whole=True)
_EVERYBODY: Final = (Origin("orders", "all", ("date", "amount", "cost", "product"), whole=True), _CONTRACTS)
_SIGNS: Final = (
    Origin("contacts", "all", ("date", "kind"), whole=True),
    Origin("surveys", "all", ("date", "item", "score"), whole=True),
)
_LINEAGE: Final[dict[str, Lineage]] = {
    **_list_period_lineages(),
    "sales_total": Lineage((_make_order_origin("all"),)),
    "share": Lineage((_make_order_origin(_YEAR), _ALL_SALES)),
    "sales_multiple": Lineage((_make_order_origin(_YEAR), _ALL_SALES)),
    "profit_multiple": Lineage((_make_order_origin(_YEAR, "amount", "cost"), _ALL_PROFIT)),
    "profit_share": Lineage((_make_order_origin(_YEAR, "amount", "cost"), _ALL_PROFIT)),
    "margin_rate": Lineage((_make_order_origin(_YEAR, "amount", "cost"),)),
    "margin_rate_prev_12m": Lineage((_make_order_origin(_BEFORE, "amount", "cost"),)),
    "margin_change": _MARGINS,
    "growth_rate": _GROWTH,
    "decline_rate": _GROWTH,
    "half_year_rate": Lineage((_make_order_origin("two_halves"), _DAYS), ("growth.half_year_days",)),
    "half_year_yoy": Lineage(
        (_make_order_origin(_YEAR), _make_order_origin(_BEFORE), _DAYS), ("growth.half_year_days", "growth.grace_days")
    ),
    "order_value_trend": Lineage((_make_order_origin("all"),), ("growth.recent_days",)),
    "products": Lineage((_make_order_origin(_YEAR, "product"),)),
    "p_base_lost": Lineage(_EVERYBODY, ("forecast.horizon",)),
    **dict.fromkeys(("p_lost", "p_stays"), Lineage((*_EVERYBODY, *_SIGNS), ("forecast.horizon",))),
    "p_shrinks": Lineage((*_EVERYBODY, *_SIGNS), ("forecast.horizon", "forecast.shrinks")),
    "p_grows": Lineage((*_EVERYBODY, *_SIGNS), ("forecast.horizon", "forecast.grows")),
    **dict.fromkeys(
        (
            "expected_purchases",
            "expected_sales",
            "expected_change",
            "expected_loss",
            "expected_profit",
            "value_multiple",
        ),
        Lineage((*_EVERYBODY, *_SIGNS), ("forecast.horizon", "forecast.value_weight")),
    ),
    "orders": Lineage((_DAYS,), ("cpm.purchase_count",)),
    "average_order": Lineage((_make_order_origin("all"),), ("cpm.purchase_count",)),
    **{name: Lineage((_DAYS,)) for name in ("recency_days", "first_order", "last_order", "span_days", "tenure_days")},
    **dict.fromkeys(("gap_median", "gap_cv", "regularity", "overdue_ratio", "next_order"), _RHYTHM),
    "return_days": Lineage((_DAYS,), ("state.active_days",)),
    "contract_days_left": Lineage((_make_customer_origin("contract_end"),)),
    "overdue_days": Lineage((_make_customer_origin("overdue_days"),)),
    "market_growth": Lineage((_make_customer_origin("market_growth"),)),
    "win_probability": Lineage((_make_customer_origin("win_probability"),)),
    "deal_size": Lineage((_make_customer_origin("deal_size"), _make_order_origin("all"))),
    "headroom": _WALLET,
    "wallet_share": _WALLET,
    "credit_use": Lineage(
        (_make_order_origin("exposure"), _make_customer_origin("credit_limit")), ("credit.exposure_days",)
    ),
    "seasonality": _SEASON,
    "season_month": _SEASON,
    "service_cost_12m": Lineage((*_COSTS, _ALL_SALES), _COST_KEYS),
    "acquisition_cost_12m": Lineage((_COSTS[0], _ALL_DAYS), _COST_KEYS),
    "roi": Lineage(
        (_make_order_origin(_YEAR, "amount", "cost"), *_COSTS, _ALL_SALES, _ALL_DAYS),
        (*_COST_KEYS, "profit.chosen_kinds"),
    ),
    "complaints": Lineage((Origin("contacts", "complaints", ("date", "kind")),), ("complaints.window_days",)),
    "contact_rate": Lineage((Origin("contacts", "enquiries", ("date", "kind")),), _ENQUIRIES),
    "contact_change": Lineage((Origin("contacts", "both_enquiries", ("date", "kind")),), _ENQUIRIES),
    "last_contact": Lineage((Origin("contacts", "all", ("date",)),)),
    "silent_days": Lineage((Origin("contacts", "all", ("date",)),)),
    "open_items": Lineage((Origin("contacts", "open", ("open",)),)),
    "last_complaint": Lineage((Origin("contacts", "complaints_ever", ("date", "kind")),)),
    "nps_score": Lineage((Origin("surveys", "nps", ("item", "score")),), (*_SURVEY, "voice.nps_scale")),
    "satisfaction": Lineage(
        (Origin("surveys", "csat", ("item", "score")),), (*_SURVEY, "voice.csat_scale", "voice.overall_items")
    ),
}


def lineage_of(column: str) -> Lineage:
    """Return the lineage of a column of the scored table.

    A column without an entry of its own (one that a later module added) is said to come from all rows of the customer in
    all tables, which is never too little.
    """
    found = _LINEAGE.get(column)
    if found is not None:
        return found
    own = tuple(Origin(table, "all") for table in ("orders", "contacts", "surveys", "costs"))
    named = next((each.key for each in columns("customers") if each.key == column), None)
    return Lineage((_make_customer_origin(*([named] if named else [])), *(() if named else own)))


def table_of(portfolio: Portfolio, name: str) -> pd.DataFrame | None:
    """Return a clean table of the run by its key, or None."""
    if name not in TABLES:
        return None
    table: pd.DataFrame | None = getattr(portfolio.tables, name)
    return table


def places_of(portfolio: Portfolio, origin: Origin, position: int) -> NDArray[np.intp]:
    """Return the places (from 0) of the origin's rows in its clean table; none where the run has no such table."""
    table = table_of(portfolio, origin.table)
    if table is None:
        return np.empty(0, dtype=np.intp)
    if origin.table == "customers":
        return np.arange(len(table)) if origin.whole else np.array([position], dtype=np.intp)
    which = portfolio.once(("trace.rows", origin.table, origin.which), lambda: _FILTERS[origin.which](portfolio, table))
    if origin.whole or "customer" not in table:
        return np.flatnonzero(which)
    # Clean tables are sorted by customer: a customer's rows are one stretch, found without looking at the others.
    start, end = np.searchsorted(table["customer"].to_numpy(np.int64), [position, position + 1])
    return np.asarray(start + np.flatnonzero(which[start:end]), dtype=np.intp)


def _read_row_days(table: pd.DataFrame) -> NDArray[np.datetime64]:
    return table["date"].to_numpy().astype("datetime64[D]")


def _read_as_of_day(portfolio: Portfolio) -> np.datetime64:
    return np.datetime64(portfolio.as_of, "D")


def _count_days_back(portfolio: Portfolio, key: str, times: int = 1) -> np.datetime64:
    """Return the day that lies `times` the definition's days before the as-of date."""
    return _read_as_of_day(portfolio) - np.timedelta64(times * int(portfolio.definition.number(key)), "D")


def _select_rows_of_period(period: str) -> Callable[[Portfolio, pd.DataFrame], NDArray[np.bool_]]:
    def inside(portfolio: Portfolio, table: pd.DataFrame) -> NDArray[np.bool_]:
        start = int(portfolio.definition.number("general.fiscal_year_start"))
        first, last = (np.datetime64(day, "D") for day in getattr(windows(portfolio.as_of, start), period))
        return np.asarray((_read_row_days(table) >= first) & (_read_row_days(table) <= last))

    return inside


def _select_rows_up_to_now(portfolio: Portfolio, table: pd.DataFrame) -> NDArray[np.bool_]:
    return (
        np.asarray(_read_row_days(table) <= _read_as_of_day(portfolio))
        if "date" in table
        else np.ones(len(table), dtype=np.bool_)
    )


def _select_rows_after(key: str, times: int = 1) -> Callable[[Portfolio, pd.DataFrame], NDArray[np.bool_]]:
    return lambda portfolio, table: (
        _select_rows_up_to_now(portfolio, table) & (_read_row_days(table) > _count_days_back(portfolio, key, times))
    )


def _select_complaints(portfolio: Portfolio, table: pd.DataFrame) -> NDArray[np.bool_]:
    return _select_rows_up_to_now(portfolio, table) & (table["kind"] == COMPLAINT).to_numpy(dtype=bool)


def _select_enquiries(both: bool) -> Callable[[Portfolio, pd.DataFrame], NDArray[np.bool_]]:
    def inside(portfolio: Portfolio, table: pd.DataFrame) -> NDArray[np.bool_]:
        months = months_of(portfolio.definition)
        start, middle, end = contact_windows(portfolio.as_of, months)
        day = _read_row_days(table)
        return (day > (start if both else middle)) & (day <= end) & ~begun_by_us(table, portfolio.definition)

    return inside


def _select_survey_answers(scale: str) -> Callable[[Portfolio, pd.DataFrame], NDArray[np.bool_]]:
    def counted(portfolio: Portfolio, table: pd.DataFrame) -> NDArray[np.bool_]:
        del table
        answers = answers_of(portfolio.tables, portfolio.definition, portfolio.as_of)
        return own_answers(answers, portfolio.definition, scale)

    return counted


_FILTERS: Final[dict[str, Callable[[Portfolio, pd.DataFrame], NDArray[np.bool_]]]] = {
    "all": _select_rows_up_to_now,
    **{period: _select_rows_of_period(period) for period in _PERIODS.values()},
    "bought": lambda portfolio, table: (
        _select_rows_up_to_now(portfolio, table) & (table["amount"].to_numpy(np.int64) >= 0)
    ),
    "two_halves": _select_rows_after("growth.half_year_days", 2),
    "exposure": _select_rows_after("credit.exposure_days"),
    "complaints": lambda portfolio, table: (
        _select_complaints(portfolio, table) & _select_rows_after("complaints.window_days")(portfolio, table)
    ),
    "complaints_ever": _select_complaints,
    "enquiries": _select_enquiries(both=False),
    "both_enquiries": _select_enquiries(both=True),
    "open": lambda portfolio, table: _select_rows_up_to_now(portfolio, table) & table["open"].to_numpy(dtype=bool),
    "nps": _select_survey_answers("nps"),
    "csat": _select_survey_answers("csat"),
}
