"""What the members of a segment have in common, and the real customer that stands for them.

Decision 0163: why the persona is a real customer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.definition.metrics import by_column, show
from engine.explanation.trace.lines import name_of
from engine.language.display import percent
from engine.language.errors import LANGUAGES, Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

_MEASURES: Final = ("sales_12m", "recency_days", "orders", "sales_total")
_DIGITS: Final = 9  # distances are compared at this precision: the last bit must not choose the persona


@dataclass(frozen=True, slots=True)
class Common:
    """The most frequent entry of a column in a group.

    Parameters
    ----------
    word
        The entry; "" where nobody has one.
    count, of
        How many hold it, of how many.
    tied
        Whether another entry is as frequent.
    """

    word: str
    count: int
    of: int
    tied: bool = False


@dataclass(frozen=True, slots=True)
class SegmentProfile:
    """One segment at a glance.

    Parameters
    ----------
    code, label
        The segment.
    n
        Customers; the segments' n sum to all customers.
    sales, share
        Net sales of twelve months (minor units) and their share of all; None and NaN where unknown.
    gross_profit, margin_rate
        Of twelve months; None and NaN where any customer's is unknown.
    recency, frequency, monetary
        Medians of days since the last purchase, purchases, and net sales of all time; NaN where unknown.
    industry, region
        The most frequent ones.
    """

    code: str
    label: Text
    n: int
    sales: int | None
    share: float
    gross_profit: int | None
    margin_rate: float
    recency: float
    frequency: float
    monetary: float
    industry: Common
    region: Common


@dataclass(frozen=True, slots=True)
class Persona:
    """The customer that stands for its segment.

    Parameters
    ----------
    position
        The medoid: the member nearest to the medians.
    distance
        Its distance from them.
    measures
        The columns that were compared.
    draft
        A sentence to begin a description with.
    """

    position: int
    distance: float
    measures: tuple[str, ...]
    draft: Text


def segment_profiles(portfolio: Portfolio, scheme: str = "standard") -> tuple[SegmentProfile, ...]:
    """Return the profile of every segment that has customers, in the scheme's order.

    Raises
    ------
    Refusal
        For an unknown scheme, or one that these data cannot carry.
    """
    segments = portfolio.require_scheme(scheme).segments
    codes = [code for code in portfolio.segment_codes(scheme) if (segments == code).any()]
    codes += sorted(str(code) for code in set(segments) - set(codes))
    return tuple(_profile_segment(portfolio, scheme, code, np.flatnonzero(segments == code)) for code in codes)


def persona(portfolio: Portfolio, code: str, scheme: str = "standard") -> Persona:
    """Return the medoid of a segment, with a draft sentence in both languages.

    The distance of a customer from the segment's medians is the mean, over sales of twelve months, recency, frequency
    and sales of all time, of |value − median| ÷ spread, the spread being the mean absolute deviation from the median
    (a measure on which all agree says nothing and is left out). Compared are the members that have every measure which any
    member has; equal distances go to the lowest customer ID.

    Raises
    ------
    Refusal
        `too_little_data` below `profile.persona_min` customers, or where no member has all measures.
    """
    segments = portfolio.require_scheme(scheme).segments
    members = np.flatnonzero(segments == code)
    least = int(portfolio.definition.number("profile.persona_min"))
    label = portfolio.segment_text(scheme, code)
    if len(members) < max(least, 1):
        raise Refusal(
            "too_little_data",
            f"「{label.ja}」の代表像には{least}社が必要です(必要{least}/実{len(members)})",
            f'a persona of "{label.en}" needs {least} customers (there are {len(members)})',
        )
    measures, values = _collect_persona_measures(portfolio, members)
    whole = ~np.isnan(values).any(axis=1)
    if not measures or not whole.any():
        raise Refusal(
            "too_little_data",
            f"「{label.ja}」には、比べる数値がそろった顧客がいません",
            f'no customer of "{label.en}" has all the numbers to be compared',
        )
    distance = np.round(_measure_distances_to_median(values), _DIGITS)
    distance[~whole] = np.inf
    identities = portfolio.frame["customer_id"].to_numpy(dtype=object)[members]
    best = min(range(len(members)), key=lambda at: (distance[at], str(identities[at])))
    medians = dict(zip(measures, np.nanmedian(values, axis=0), strict=True))
    position = int(members[best])
    draft = _draft_persona(portfolio, position, _profile_segment(portfolio, scheme, code, members), medians)
    return Persona(position, float(distance[best]), measures, draft)


def _collect_persona_measures(
    portfolio: Portfolio, members: NDArray[np.intp]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    columns = {
        name: portfolio.frame[name].to_numpy(np.float64, na_value=np.nan)[members]
        for name in _MEASURES
        if portfolio.frame[name].iloc[members].notna().any()
    }
    return tuple(columns), np.column_stack(list(columns.values())) if columns else np.empty((len(members), 0))


def _measure_distances_to_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    away = np.abs(values - np.nanmedian(values, axis=0))
    spread = np.nanmean(away, axis=0)
    told = spread > 0
    return np.asarray((away[:, told] / spread[told]).mean(axis=1)) if told.any() else np.zeros(len(values))


def _profile_segment(portfolio: Portfolio, scheme: str, code: str, members: NDArray[np.intp]) -> SegmentProfile:
    rows = portfolio.frame.iloc[members]
    sales, profit = _sum_known_or_none(rows["sales_12m"]), _sum_known_or_none(rows["gross_profit_12m"], every=True)
    whole = _sum_known_or_none(portfolio.frame["sales_12m"])
    return SegmentProfile(
        code,
        portfolio.segment_text(scheme, code),
        len(members),
        sales,
        sales / whole if sales is not None and whole else np.nan,
        profit,
        profit / sales if profit is not None and sales is not None and sales > 0 else np.nan,
        _find_median_or_nan(rows["recency_days"]),
        _find_median_or_nan(rows["orders"]),
        _find_median_or_nan(rows["sales_total"]),
        _find_most_common_word(rows["industry"]),
        _find_most_common_word(rows["region"]),
    )


def _sum_known_or_none(column: pd.Series, every: bool = False) -> int | None:
    """Return the exact sum of what is known; None where nothing is, or with `every` where anything is missing."""
    total = column.sum(min_count=len(column) if every else 1)
    return None if pd.isna(total) else int(total)


def _find_median_or_nan(column: pd.Series) -> float:
    known = column.dropna().to_numpy(np.float64)
    return float(np.median(known)) if len(known) else np.nan


def _find_most_common_word(column: pd.Series) -> Common:
    """Return the most frequent word; of equally frequent ones the first in the order of its characters."""
    counts = Counter(str(word) for word in column.dropna() if str(word))
    best = min(counts, key=lambda word: (-counts[word], word), default="")
    return Common(best, counts[best], len(column), sum(count == counts[best] for count in counts.values()) > 1)


def _draft_persona(portfolio: Portfolio, position: int, found: SegmentProfile, medians: Mapping[str, float]) -> Text:
    name = str(portfolio.frame["name"].iloc[position])
    lines = {lang: _word_figures_beside_medians(portfolio, position, medians, lang) for lang in LANGUAGES}
    most = [each for each in (found.industry, found.region) if each.word]
    ja = "、".join(f"{each.word}({each.count}/{each.of}社)" for each in most)
    en = ", ".join(f"{each.word} ({each.count} of {each.of})" for each in most)
    share = {lang: percent(found.share, lang) for lang in LANGUAGES}
    return Text(
        f"「{found.label.ja}」{found.n}社(売上の{share['ja']})を代表するのは{name}。{lines['ja']}。"
        + (f"多いのは{ja}。" if ja else ""),
        f'{name} stands for the {found.n} customers of "{found.label.en}" ({share["en"]} of sales): {lines["en"]}.'
        + (f" Most frequent: {en}." if en else ""),
    )


def _word_figures_beside_medians(portfolio: Portfolio, position: int, medians: Mapping[str, float], lang: Lang) -> str:
    """Return the customer's figures, each with the segment's median beside it."""
    told = []
    for column, median in medians.items():
        metric, name = by_column(column), name_of(column).to(lang)
        own = show(metric, float(portfolio.frame[column].iloc[position]), portfolio, lang)
        beside = show(metric, float(median), portfolio, lang)
        told.append(f"{name} {own}(中央値 {beside})" if lang == "ja" else f"{name.lower()} {own} (median {beside})")
    return ("、" if lang == "ja" else ", ").join(told)
