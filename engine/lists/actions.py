"""What needs doing for a customer, why, by when, and what it may be worth; and which customers are key accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language.errors import Refusal
from engine.lists.disagreements import disagreements
from engine.measures.opportunities import ranked
from engine.scoring.loss_chance import loss_chances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

REASONS: Final = ("contract", "overdue", "risk", "due")  # on the same day the first of them is told
NEVER: Final = np.iinfo(np.int64).max  # no day at all


def actions(portfolio: Portfolio) -> pd.DataFrame:
    """Return for every customer the next contact, its reason, the notice date and the expected effect.

    Returns
    -------
    pandas.DataFrame
        One row per customer: contact_reason (`REASONS`, or `none`); next_contact (datetime64[s]: the earliest of the
        reasons' days, else the next expected order while it lies ahead; missing where nothing is known); notice_date
        (contract end − notice days); expected_effect (Int64, minor units: what acting may save, see `effect_basis`;
        missing without a reason or a risk level).

    Notes
    -----
    contract: the notice date lies within `actions.notice_window_days`, or has passed while the contract still runs: the
    day is the notice date, today once it has passed. overdue: `actions.overdue_ratio` of its own median gap have gone by
    since the last order, and the customer has not lapsed: today. risk: the level of risk is high: today. due: the next
    order (last order + own median gap) is expected within `actions.due_days`: that day.
    """
    return portfolio.once(("actions",), lambda: _compute_contact_dates(portfolio))


def effect_basis(portfolio: Portfolio) -> str:
    """Return what the expected effect is measured in: `gross_profit` where it is known of anybody, else `sales`."""
    return "gross_profit" if portfolio.frame["gross_profit_12m"].notna().any() else "sales"


def _compute_contact_dates(portfolio: Portfolio) -> pd.DataFrame:
    days = reason_days(portfolio)
    earliest = days.min(axis=1)
    reason = np.array([*REASONS, "none"], dtype=object)[np.where(earliest == NEVER, len(REASONS), days.argmin(axis=1))]
    today = _read_day_number_of_run(portfolio)
    ahead = _convert_dates_to_day_numbers(portfolio, portfolio.frame["next_order"])
    contact = np.where((earliest == NEVER) & (ahead != NEVER) & (ahead >= today), ahead, earliest)
    effect = _expect_loss_per_customer(portfolio)
    acting = reason != "none"
    return pd.DataFrame(
        {
            "contact_reason": reason,
            "next_contact": _convert_day_numbers_to_dates(contact),
            "notice_date": _convert_day_numbers_to_dates(notice_days(portfolio)),
            "expected_effect": pd.Series(np.rint(np.nan_to_num(effect)).astype(np.int64))
            .astype("Int64")
            .mask(np.isnan(effect) | ~acting),
        }
    )


def reason_days(portfolio: Portfolio) -> NDArray[np.int64]:
    """Return for each customer and reason (`REASONS`) the day on which to act, counted from 1970-01-01.

    `NEVER` where the reason does not hold.
    """
    frame, number, today = portfolio.frame, portfolio.definition.number, _read_day_number_of_run(portfolio)
    result = np.full((len(frame), len(REASONS)), NEVER, dtype=np.int64)
    notice, end = (
        notice_days(portfolio),
        _convert_dates_to_day_numbers(portfolio, portfolio.tables.customers["contract_end"]),
    )
    near = (notice != NEVER) & (notice <= today + number("actions.notice_window_days")) & (end >= today)
    result[near, 0] = np.maximum(notice, today)[near]
    late = frame["overdue_ratio"].to_numpy(np.float64, na_value=0.0) >= number("actions.overdue_ratio")
    result[late & (frame["state"] != "lapsed").to_numpy(), 1] = today
    result[(frame["level_risk"] == "high").to_numpy(), 2] = today
    due = _convert_dates_to_day_numbers(portfolio, frame["next_order"])
    soon = (due != NEVER) & (due >= today) & (due <= today + number("actions.due_days"))
    result[soon, 3] = due[soon]
    return result


def notice_days(portfolio: Portfolio) -> NDArray[np.int64]:
    """Return the day until which each contract may be given notice, counted from 1970-01-01; `NEVER` without a contract."""
    master = portfolio.tables.customers
    end = _convert_dates_to_day_numbers(portfolio, master["contract_end"])
    ahead = master["notice_days"].to_numpy(np.float64, na_value=0.0).astype(np.int64)
    return np.where(end == NEVER, NEVER, end - ahead)


def _expect_loss_per_customer(portfolio: Portfolio) -> NDArray[np.float64]:
    """Return the yearly amount that is expected to be lost: gross profit (or sales) × P(lost)."""
    amount = portfolio.frame[f"{effect_basis(portfolio)}_12m"].to_numpy(np.float64, na_value=np.nan)
    return np.asarray(np.maximum(amount, 0) * loss_chances(portfolio), dtype=np.float64)


def _read_day_number_of_run(portfolio: Portfolio) -> int:
    return int(np.datetime64(portfolio.as_of, "D").astype(np.int64))


def _convert_dates_to_day_numbers(portfolio: Portfolio, column: pd.Series) -> NDArray[np.int64]:
    day = column.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(day), NEVER, day.astype(np.int64))


def _convert_day_numbers_to_dates(days: NDArray[np.int64]) -> pd.Series:
    stamps = np.where(days == NEVER, 0, days).astype("datetime64[D]").astype("datetime64[s]")
    stamps[days == NEVER] = np.datetime64("NaT", "s")
    return pd.Series(stamps)


def key_accounts(portfolio: Portfolio) -> pd.DataFrame:
    """Return for every customer key_rule, key_hand and key (either), as booleans.

    By rule: A of ABC, or at least `key_accounts.share` of the sales. By hand: the flag in the customer table.
    """

    def make() -> pd.DataFrame:
        frame = portfolio.frame
        share = frame["share"].to_numpy(np.float64, na_value=0.0)
        rule = (frame["segment_abc"] == "a").to_numpy() | (share >= portfolio.definition.number("key_accounts.share"))
        hand = portfolio.tables.customers["key_account"].to_numpy(np.bool_)
        return pd.DataFrame({"key_rule": rule, "key_hand": hand, "key": rule | hand})

    return portfolio.once(("key_accounts",), make)


def disagreement_counts(portfolio: Portfolio) -> NDArray[np.float64]:
    """Return how many contradictions between schemes each customer has; NaN where no schemes can be compared."""
    try:
        found = disagreements(portfolio)
    except Refusal as refusal:
        if refusal.kind != "too_little_data":
            raise
        return np.full(len(portfolio), np.nan)
    return np.bincount(found["customer"].to_numpy(np.intp), minlength=len(portfolio)).astype(np.float64)


def opportunity_gains(portfolio: Portfolio) -> NDArray[np.float64]:
    """Return the expected gross profit of each customer's best opportunity, in minor units; NaN where there is none.

    The best one, not the sum: what several products promise a customer is not independent (`engine.measures.opportunities`).

    Raises
    ------
    Refusal
        Where the data tell no products.
    """
    found = ranked(portfolio)
    gains = np.full(len(portfolio), np.nan)
    best = found.dropna(subset=["expected"]).groupby("customer")["expected"].max()
    gains[best.index.to_numpy(np.intp)] = best.to_numpy(np.float64)
    return gains
