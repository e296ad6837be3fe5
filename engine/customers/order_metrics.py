"""Orders to one row per customer: what it bought, when, in which rhythm, against the year before (NumPy).

Decision 0002: what counts as a purchase, a year and growth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.customers.nullable_columns import date_column, divide_known, float_column, integer_column, missing_column
from engine.customers.purchase_gaps import PurchaseGaps
from engine.language.distinct_cells import flag_run_starts
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition

_SAFE_SUM: Final = 2.0**62
_MONTHS: Final = 12
_DAYS_OF_YEAR: Final = 365
_FEWEST_RECENT: Final = 2
_FEWEST_BEFORE: Final = 4


@dataclass(frozen=True, slots=True)
class Windows:
    """The periods of a run; each is (first day, last day), both ends inclusive."""

    last_12_months: tuple[date, date]
    previous_12_months: tuple[date, date]
    fiscal_year: tuple[date, date]
    previous_fiscal_year: tuple[date, date]

    @property
    def named(self) -> dict[str, tuple[date, date]]:
        """The periods by the column that holds their sales."""
        return {
            "sales_12m": self.last_12_months,
            "sales_prev_12m": self.previous_12_months,
            "sales_fy": self.fiscal_year,
            "sales_prev_fy": self.previous_fiscal_year,
        }


def add_years(day: date, years: int) -> date:
    """Return the same day `years` later; 29 February becomes 28 February where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _shift_years_keeping_month_end(day: date, years: int) -> date:
    """Return the same day `years` later, the last day of February staying the last: twelve months hold twelve month's ends."""
    ends = (day + timedelta(days=1)).month != day.month
    return add_years(day + timedelta(days=1), years) - timedelta(days=1) if ends else add_years(day, years)


def windows(as_of: date, fiscal_year_start: int = 4) -> Windows:
    """Return the periods that end at `as_of`.

    直近12か月 is the 365 days (366 across a leap day) that end at the as-of date, end inclusive; of a month's end it is the
    twelve whole months, so that sales dated on the last days of their months (decision 0282) are twelve of them. 今年度 runs from the
    first day of the fiscal year to the as-of date; 前年度 is the whole fiscal year before.

    Parameters
    ----------
    as_of
        The last day, inclusive.
    fiscal_year_start
        The month with which the fiscal year begins, 1 to 12.

    >>> windows(date(2026, 9, 30)).last_12_months[0].isoformat()
    '2025-10-01'
    >>> windows(date(2025, 2, 28)).last_12_months[0].isoformat()
    '2024-03-01'
    """
    one = timedelta(days=1)
    year_ago, two_ago = _shift_years_keeping_month_end(as_of, -1), _shift_years_keeping_month_end(as_of, -2)
    start = date(as_of.year - (as_of.month < fiscal_year_start), fiscal_year_start, 1)
    before = date(start.year - 1, start.month, 1)
    return Windows((year_ago + one, as_of), (two_ago + one, year_ago), (start, as_of), (before, start - one))


def customer_metrics(tables: Tables, definition: Definition, as_of: date) -> pd.DataFrame:
    """Return one row per customer, in the order of `tables.customers`, with every metric that the scores read.

    Amounts are integer minor units (Int64), days are whole days, ratios are plain numbers (0.05 = 5 %); what the data
    do not tell is missing (NA), never 0. A customer of the master without any order has sales of 0 once an order table
    exists. A purchase is a day with at least one line that is not a return; several on a day count once.

    Parameters
    ----------
    tables
        The clean tables; without orders the typed yearly sales are all there is.
    definition
        For windows, the least number of purchases and the like.
    as_of
        The day on which every window ends, inclusive; `tables` holds no later order.

    Raises
    ------
    Refusal
        When the amounts are too large to be added exactly.
    """
    master = tables.customers
    columns: dict[str, pd.Series] = {}
    if tables.orders is None:
        columns |= _take_typed_sales(master)
    else:
        columns |= _LinesByCustomer(tables, definition, as_of).metrics()
    columns |= _take_terms_of_master(master, as_of)
    columns["complaints"] = _count_recent_complaints(tables, definition, as_of)
    frame = pd.DataFrame(columns, index=master.index)
    return _add_relative_metrics(frame, master)


_MONEY: Final = ("sales_12m", "sales_prev_12m", "sales_fy", "sales_prev_fy", "sales_total")
_PROFITS: Final = ("gross_profit_12m", "gross_profit_prev_12m", "gross_profit_fy", "gross_profit_prev_fy")
_COUNTS: Final = (
    "seasonality",
    "season_month",
    "orders",
    "tenure_days",
    "recency_days",
    "span_days",
    "return_days",
    "average_order",
    "sales_exposure",
    "products",
)
_RATES: Final = (
    "gap_median",
    "gap_cv",
    "overdue_ratio",
    "growth_rate",
    "half_year_rate",
    "half_year_yoy",
    "order_value_trend",
)
_DATES: Final = ("first_order", "last_order", "next_order")


def _take_typed_sales(master: pd.DataFrame) -> dict[str, pd.Series]:
    """Tier T0: the typed yearly sales are all there is."""
    count = len(master)
    columns = {name: missing_column(count, "Int64") for name in (*_MONEY, *_COUNTS, *_PROFITS)}
    columns |= {name: missing_column(count, "Float64") for name in _RATES}
    columns |= {name: pd.Series(np.full(count, np.datetime64("NaT", "s"), dtype="datetime64[s]")) for name in _DATES}
    columns["sales_12m"] = master["sales"].astype("Int64").reset_index(drop=True)
    return columns


class _LinesByCustomer:
    """The order lines as arrays, cut per customer: lines of customer i are `start[i]` to `end[i]`, end exclusive."""

    def __init__(self, tables: Tables, definition: Definition, as_of: date) -> None:
        orders = tables.orders
        assert orders is not None  # noqa: S101 - the caller has looked
        self.definition = definition
        self.count = len(tables.customers)
        self.as_of = int(np.datetime64(as_of, "D").astype(np.int64))
        self.periods = windows(as_of, int(definition.number("general.fiscal_year_start")))
        self.customer = orders["customer"].to_numpy(np.int64)
        self.day = orders["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
        self.amount = orders["amount"].to_numpy(np.int64)
        self.cost = orders["cost"]
        self.order_id = orders.get("order_id", None)
        self.product = orders.get("product", None)
        if float(np.abs(self.amount.astype(np.float64)).sum()) > _SAFE_SUM:
            raise Refusal(
                "argument",
                "金額の合計が大きすぎて正確に計算できません。金額の列と単位を確かめてください",
                "the amounts are too large to be added exactly; check the amount column and its unit",
            )
        positions = np.arange(self.count)
        self.start = np.searchsorted(self.customer, positions, side="left")
        self.end = np.searchsorted(self.customer, positions, side="right")

    def total(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sum of `values` per customer, exact."""
        running = np.zeros(len(values) + 1, dtype=np.int64)
        np.cumsum(values, dtype=np.int64, out=running[1:])
        return np.asarray(running[self.end] - running[self.start], dtype=np.int64)

    def between(self, first: date, last: date) -> NDArray[np.bool_]:
        """Return which lines fall into the period, both ends inclusive."""
        low, high = (int(np.datetime64(each, "D").astype(np.int64)) for each in (first, last))
        return (self.day >= low) & (self.day <= high)

    def sales(self, period: tuple[date, date]) -> NDArray[np.int64]:
        return self.total(np.where(self.between(*period), self.amount, 0))

    def metrics(self) -> dict[str, pd.Series]:
        columns = self._sum_money() | self._measure_rhythm() | {"products": self._count_products()}
        columns["order_value_trend"] = float_column(self._measure_order_values())
        columns |= self._measure_change(columns)
        columns |= self._measure_seasonality(columns)
        return columns

    def _sum_money(self) -> dict[str, pd.Series]:
        sums = {name: self.sales(period) for name, period in self.periods.named.items()}
        sums["sales_total"] = self.total(self.amount)
        exposed = int(self.definition.number("credit.exposure_days"))
        recent = self.day > self.as_of - exposed
        sums["sales_exposure"] = self.total(np.where(recent, self.amount, 0))
        columns = {name: pd.Series(values).astype("Int64") for name, values in sums.items()}
        columns |= self._compute_gross_profits(sums)
        return columns

    def _compute_gross_profits(self, sales: dict[str, NDArray[np.int64]]) -> dict[str, pd.Series]:
        """Sales less cost by period, where the cost of every line in it is known."""
        unknown = self.cost.isna().to_numpy()
        if unknown.all():
            return {name: missing_column(self.count, "Int64") for name in _PROFITS}
        cost = self.cost.fillna(0).to_numpy(np.int64)
        columns: dict[str, pd.Series] = {}
        for name, (sold, period) in zip(_PROFITS, self.periods.named.items(), strict=True):
            window = self.between(*period)
            profit = pd.Series(sales[sold] - self.total(np.where(window, cost, 0))).astype("Int64")
            columns[name] = profit.mask(self.total((window & unknown).astype(np.int64)) > 0)
        return columns

    def _measure_rhythm(self) -> dict[str, pd.Series]:
        bought = self.amount >= 0
        who, when = self.customer[bought], self.day[bought]
        fresh = flag_run_starts(who, when)
        who, when = who[fresh], when[fresh]
        positions = np.arange(self.count)
        start, end = (np.searchsorted(who, positions, side=side) for side in ("left", "right"))
        number = end - start
        has = number > 0
        first = np.where(has, when[np.minimum(start, max(len(when) - 1, 0))] if len(when) else 0, 0)
        last = np.where(has, when[np.maximum(end - 1, 0)] if len(when) else 0, 0)
        gaps = PurchaseGaps(who, when, self.count, int(self.definition.number("rhythm.min_purchases")))
        purchases = number if self.definition.value("cpm.purchase_count") == "dates" else self._count_orders(bought)
        recency = np.where(has, self.as_of - last, 0)
        next_day = np.where(np.isnan(gaps.median), 0, last + np.nan_to_num(gaps.median))
        came_back = gaps.returned(float(self.definition.number("state.active_days")))
        total = self.total(self.amount)
        return {
            "orders": pd.Series(purchases).astype("Int64"),
            "first_order": date_column(first, has),
            "last_order": date_column(last, has),
            "next_order": date_column(np.rint(next_day).astype(np.int64), ~np.isnan(gaps.median)),
            "tenure_days": integer_column(self.as_of - first, has),
            "recency_days": integer_column(recency, has),
            "span_days": integer_column(last - first, has),
            "return_days": integer_column(self.as_of - np.nan_to_num(came_back).astype(np.int64), ~np.isnan(came_back)),
            "average_order": integer_column(np.rint(total / np.maximum(purchases, 1)).astype(np.int64), purchases > 0),
            "gap_median": float_column(gaps.median),
            "gap_cv": float_column(gaps.variation),
            "overdue_ratio": float_column(
                np.where(gaps.median > 0, recency / np.where(gaps.median > 0, gaps.median, 1), np.nan)
            ),
        }

    def _count_orders(self, bought: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count orders instead of days: by order number where there is one, else by line."""
        if self.order_id is None or self.order_id.isna().any():
            return self.total(bought.astype(np.int64))
        keys = pd.DataFrame({"customer": self.customer, "order_id": self.order_id.to_numpy()})[bought]
        counted = keys.drop_duplicates().groupby("customer").size()
        return np.asarray(counted.reindex(range(self.count), fill_value=0).to_numpy(), dtype=np.int64)

    def _measure_change(self, known: dict[str, pd.Series]) -> dict[str, pd.Series]:
        """Growth against the year before and the half-year before, for customers that were there to be compared."""
        first = known["first_order"].to_numpy().astype("datetime64[D]").astype(np.float64)
        first[known["first_order"].isna().to_numpy()] = np.inf
        grace = self.definition.number("growth.grace_days")
        half = int(self.definition.number("growth.half_year_days"))
        begun = first <= np.datetime64(self.periods.previous_12_months[0], "D").astype(np.int64) + grace
        recent = self.total(np.where(self.day > self.as_of - half, self.amount, 0))
        earlier = self.total(
            np.where((self.day <= self.as_of - half) & (self.day > self.as_of - 2 * half), self.amount, 0)
        )
        year = (self.periods.last_12_months[1] - self.periods.last_12_months[0]).days + 1
        year_ago = self.total(
            np.where((self.day <= self.as_of - year) & (self.day > self.as_of - year - half), self.amount, 0)
        )
        sales, before = (known[name].to_numpy(np.int64) for name in ("sales_12m", "sales_prev_12m"))
        return {
            "half_year_yoy": float_column(
                _compute_growth_rate(recent, year_ago, first <= self.as_of - year - half + grace)
            ),
            "growth_rate": float_column(_compute_growth_rate(sales, before, begun)),
            "half_year_rate": float_column(_compute_growth_rate(recent, earlier, first <= self.as_of - 2 * half + 1)),
        }

    def _measure_order_values(self) -> NDArray[np.float64]:
        """Return how the value of a purchase changed: the last `growth.recent_days` against the 365 days before them.

        The change is held towards 0 by its own uncertainty, change² ÷ (change² + error²), so that it says much of a customer whose
        orders are alike and little of one whose orders vary; missing with fewer than two purchases in the one, four in the other.
        """
        recent_days = int(self.definition.number("growth.recent_days"))
        bought = self.amount >= 0
        who, when, paid = self.customer[bought], self.day[bought], self.amount[bought].astype(np.float64)
        if not len(who):
            return np.full(self.count, np.nan)
        start = np.flatnonzero(flag_run_starts(who, when))
        value, who, when = np.add.reduceat(paid, start), who[start], when[start]
        recent, before = when > self.as_of - recent_days, when <= self.as_of - recent_days
        before &= when > self.as_of - recent_days - _DAYS_OF_YEAR
        number, mean = [], []
        for window in (recent, before):
            count = np.bincount(who[window], minlength=self.count).astype(np.float64)
            number.append(count)
            mean.append(np.bincount(who[window], value[window], self.count) / np.maximum(count, 1))
        away = (value[before] - mean[1][who[before]]) ** 2
        spread = np.bincount(who[before], away, self.count) / np.maximum(number[1] - 1, 1)
        usable = (number[0] >= _FEWEST_RECENT) & (number[1] >= _FEWEST_BEFORE) & (mean[1] > 0)
        base = np.where(usable, mean[1], 1.0)
        change = mean[0] / base - 1
        error = spread / base**2 * (1 / np.maximum(number[0], 1) + 1 / np.maximum(number[1], 1))
        held = change**2 / np.where(change != 0, change**2 + error, 1.0)
        return np.where(usable, change * held, np.nan)

    def _count_products(self) -> pd.Series:
        """Return how many products each customer bought in the last 12 months; missing where no line names one."""
        product = self.product
        if product is None or product.isna().all():
            return missing_column(self.count, "Int64")
        inside = self.between(*self.periods.last_12_months) & (self.amount > 0) & product.notna().to_numpy(dtype=bool)
        codes, names = pd.factorize(product[inside])
        pairs = np.unique(self.customer[inside] * max(len(names), 1) + codes)
        return pd.Series(np.bincount(pairs // max(len(names), 1), minlength=self.count)).astype("Int64")

    def _measure_seasonality(self, known: dict[str, pd.Series]) -> dict[str, pd.Series]:
        """季節性: whether two years of whole months rise and fall alike, and the month in which they peak.

        1 where the months of the last year and of the year before correlate from `seasonality.correlation` on and
        swing around their mean by `seasonality.swing` or more, else 0; missing without orders in the first of them.
        """
        through = np.datetime64(self.as_of + 1, "D").astype("datetime64[M]")  # end exclusive: whole months only
        first = known["first_order"].to_numpy().astype("datetime64[M]")
        old = ~np.isnat(first) & (first <= through - 2 * _MONTHS)
        alike, swing, mean, month = self._compare_two_years(old, through)
        seasonal = (alike >= self.definition.number("seasonality.correlation")) & (mean > 0)
        seasonal &= swing >= self.definition.number("seasonality.swing") * mean
        full, flag, peak = old.copy(), np.zeros(self.count, dtype=np.int64), np.zeros(self.count, dtype=np.int64)
        full[old] = mean > 0
        flag[old] = seasonal
        peak[old] = (through + month).astype(np.int64) % _MONTHS + 1
        return {
            "seasonality": integer_column(flag, full),
            "season_month": integer_column(peak, full & (flag == 1)),
        }

    def _compare_two_years(
        self, old: NDArray[np.bool_], through: np.datetime64
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
        """Return for each old customer how alike its two years are (correlation), their swing, mean and peak month."""
        month = self.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) - through.astype(np.int64)
        inside = (month >= -2 * _MONTHS) & (month < 0) & old[self.customer]
        row = (np.cumsum(old) - 1)[self.customer[inside]]
        place = row * 2 * _MONTHS + month[inside] + 2 * _MONTHS
        sums = np.bincount(place, self.amount[inside].astype(np.float64), int(old.sum()) * 2 * _MONTHS)
        years = sums.reshape(-1, 2, _MONTHS)
        profile = years.mean(axis=1)
        apart = years - years.mean(axis=2, keepdims=True)
        scale = np.sqrt((apart**2).sum(axis=2).prod(axis=1))
        alike = np.where(scale > 0, apart.prod(axis=1).sum(axis=1) / np.where(scale > 0, scale, 1), 0.0)
        return alike, profile.std(axis=1), profile.mean(axis=1), profile.argmax(axis=1)


def _compute_growth_rate(
    now: NDArray[np.int64], before: NDArray[np.int64], comparable: NDArray[np.bool_]
) -> NDArray[np.float64]:
    usable = comparable & (before > 0)
    return np.where(usable, now / np.where(usable, before, 1) - 1.0, np.nan)


def _take_terms_of_master(master: pd.DataFrame, as_of: date) -> dict[str, pd.Series]:
    """Return what the master tells of contract, late payment and market."""
    end = master["contract_end"].to_numpy().astype("datetime64[D]")
    left = (end - np.datetime64(as_of, "D")).astype(np.float64)
    return {
        "contract_days_left": integer_column(
            np.nan_to_num(np.where(np.isnat(end), 0, left)).astype(np.int64), ~np.isnat(end)
        ),
        "overdue_days": master["overdue_days"].astype("Int64").reset_index(drop=True),
        "market_growth": master["market_growth"].astype("Float64").reset_index(drop=True),
        "win_probability": master["win_probability"].astype("Float64").reset_index(drop=True),
    }


def _count_recent_complaints(tables: Tables, definition: Definition, as_of: date) -> pd.Series:
    count = len(tables.customers)
    contacts = tables.contacts
    if contacts is None:
        return missing_column(count, "Int64")
    since = np.datetime64(as_of, "D") - np.timedelta64(int(definition.number("complaints.window_days")), "D")
    day = contacts["date"].to_numpy().astype("datetime64[D]")
    counted = (
        (contacts["kind"] == "complaint").to_numpy(dtype=bool) & (day > since) & (day <= np.datetime64(as_of, "D"))
    )
    return pd.Series(np.bincount(contacts["customer"].to_numpy(np.int64)[counted], minlength=count)).astype("Int64")


def _add_relative_metrics(frame: pd.DataFrame, master: pd.DataFrame) -> pd.DataFrame:
    """Add what a customer is against the whole, against its own limits, and against its own spend in the category."""
    frame = frame.copy()
    frame["share"] = divide_known(frame["sales_12m"], frame["sales_12m"].sum())
    frame["margin_rate"] = divide_known(frame["gross_profit_12m"], frame["sales_12m"])
    for metric, column in (("sales_multiple", "sales_12m"), ("profit_multiple", "gross_profit_12m")):
        positive = frame[column][(frame[column] > 0).fillna(False)]
        frame[metric] = divide_known(frame[column], positive.astype("Float64").mean() if len(positive) else 0)
    frame["regularity"] = (1 - frame["gap_cv"]).clip(0, 1)
    frame["decline_rate"] = -frame["growth_rate"]
    potential = master["potential"].astype("Int64").reset_index(drop=True)
    frame["headroom"] = (1 - divide_known(frame["sales_12m"], potential)).clip(0, 1)
    frame["wallet_share"] = divide_known(frame["sales_12m"], potential)
    frame["deal_size"] = master["deal_size"].astype("Int64").reset_index(drop=True).fillna(frame["average_order"])
    limit = master["credit_limit"].astype("Int64").reset_index(drop=True)
    frame["credit_use"] = divide_known(frame["sales_exposure"], limit)
    return frame
