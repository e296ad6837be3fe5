"""顧客化率: the leads of a cohort that became customers, with the lag stated and unripe leads left out.

Decision 0353: why the year ends before the as-of date.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.customers.order_metrics import add_years
from engine.language import words
from engine.language.errors import Refusal, Text
from engine.measures.retention.activity import day_number
from engine.measures.retention.groups import WHOLE
from engine.scoring.grouping import name_or_blank

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from engine.measures.retention.periods import Period
    from engine.scoring.portfolio import Portfolio


class Conversion(NamedTuple):
    """A cohort of leads.

    Parameters
    ----------
    key, label
        The channel; blank and 全体 for all of them.
    leads
        Leads won in the period.
    ripe
        Those of them for whom the lag had passed by the as-of date: the rate's denominator.
    converted
        Ripe leads that became customers within the lag: its numerator.
    later
        Leads of the period that became customers, in any time, and are not in `converted`.
    """

    key: str
    label: Text
    leads: int
    ripe: int
    converted: int
    later: int


def conversions(portfolio: Portfolio, period: Period, by: str | None = None) -> tuple[Conversion, ...]:
    """Return the cohort of the leads won in a period, whole or by channel.

    A lead counts as converted when its conversion lies 0 to `retention.conversion_days` days after it was won, both ends
    inclusive. Only leads for whom these days had all passed by the as-of date are in the rate, so that last month's leads
    do not look worse than last year's. Leads converted before they were won contradict themselves and are left out.

    Parameters
    ----------
    period
        The days on which the leads were won, inclusive at both ends.
    by
        A word for the channel; the whole when None.

    Raises
    ------
    Refusal
        `too_little_data` without leads, `argument` for anything else to group by than the channel.
    """
    leads = _need_leads(portfolio)
    if by is not None and words.find("dimensions", by) != "channel":
        raise Refusal(
            "argument",
            f"顧客化率は「{by}」別には出せません(使える語: チャネル・月・四半期・半期・年度)",
            f'conversion cannot be shown by "{by}" (use: channel, month, quarter, half-year, fiscal year)',
        )
    won = leads["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    inside = (won >= day_number(period.first)) & (won <= day_number(period.last))
    flags = _flag_lead_outcomes(portfolio, leads, won)
    channel = leads["channel"].astype(object).where(leads["channel"].notna(), "").to_numpy(dtype=object)
    if by is None:
        return (Conversion("", WHOLE, *_count_conversions(inside, *flags)),)
    keys = sorted(set(channel), key=lambda key: (key == "", key))
    return tuple(
        Conversion(key, name_or_blank(key), *_count_conversions(inside & (channel == key), *flags)) for key in keys
    )


def ripe_year(portfolio: Portfolio, period: Period) -> Period:
    """Return the days on which the leads of a conversion rate were won; a period that was named stays as it is.

    The last twelve months hold but half a year of leads that are old enough, fewer than the year before them has: in their place
    stand the last twelve months of which every lead is ripe, `retention.conversion_days` earlier.

    Parameters
    ----------
    period
        What is asked for; the last twelve months are meant to be the newest that can be judged.
    """
    if period.grain != "year" or period.last != portfolio.as_of:
        return period
    last = period.last - timedelta(days=int(portfolio.definition.number("retention.conversion_days")))
    text = Text(f"{last:%Y/%m/%d}までの12か月に獲得したリード", f"leads won in the twelve months up to {last:%Y-%m-%d}")
    first = add_years(last, -1) + timedelta(days=1)
    return replace(period, first=first, last=last, text=text)


def first_lead(portfolio: Portfolio) -> int | None:
    """Return the first day of any lead, counted from 1970-01-01; None where the table is empty."""
    days = _need_leads(portfolio)["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    return int(days.min()) if len(days) else None


def _need_leads(portfolio: Portfolio) -> pd.DataFrame:
    leads = portfolio.tables.leads
    if leads is None:
        raise Refusal(
            "too_little_data",
            "顧客化率は算出不可です(獲得日と成約日のあるリード表が必要です)",
            "conversion is not available (it needs the leads, with date and converted)",
        )
    return leads


def _flag_lead_outcomes(
    portfolio: Portfolio, leads: pd.DataFrame, won: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which leads are usable, ripe, converted in time and converted at all."""
    lag = int(portfolio.definition.number("retention.conversion_days"))
    today = day_number(portfolio.as_of)
    done = leads["converted"].to_numpy().astype("datetime64[D]")
    waited = np.where(np.isnat(done), np.iinfo(np.int64).max, done.astype(np.int64) - won)
    became = ~np.isnat(done) & (done.astype(np.int64) <= today)
    usable = waited >= 0
    return usable, won + lag <= today, became & (waited <= lag), became


def _count_conversions(
    inside: NDArray[np.bool_],
    usable: NDArray[np.bool_],
    ripe: NDArray[np.bool_],
    timely: NDArray[np.bool_],
    became: NDArray[np.bool_],
) -> tuple[int, int, int, int]:
    here = inside & usable
    converted = here & ripe & timely
    return int(here.sum()), int((here & ripe).sum()), int(converted.sum()), int((here & became & ~converted).sum())
