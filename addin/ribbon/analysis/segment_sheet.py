"""The sheet セグメント as rows: the summary by segment, then what the members of each have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np

from addin.functions.answers.whole import PORTFOLIO_SUMMARY
from addin.ribbon import formats
from engine.explanation.persona import persona, segment_profiles
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from addin.functions.registry import Caller
    from addin.shared.book import Cell
    from engine.explanation.persona import Common, SegmentProfile
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

_UNITS: Final = {
    "customers": "count",
    "sales": "money",
    "share": "rate",
    "previous": "money",
    "share_change": "score",
    "gross_profit": "money",
    "margin_rate": "rate",
    "score": "score",
    "risk": "score",
}
# In the columns of the summary above, so that the number formats fit both.
_PROFILE: Final = (
    Text("セグメント", "Segment"),
    Text("社数", "Customers"),
    Text("累計売上(中央値)", "Sales of all time (median)"),
    Text("多い業界", "Most frequent industry"),
    Text("最終購入からの日数(中央値)", "Days since last purchase (median)"),
    Text("購入回数(中央値)", "Purchases (median)"),
    Text("多い地域", "Most frequent region"),
    Text("代表的な顧客", "Typical customer"),
    Text("", ""),
    Text("", ""),
    Text("代表像(下書き)", "Persona (draft)"),
)


def segment_rows(portfolio: Portfolio, caller: Caller) -> list[list[Cell]]:
    """Return the summary by segment, an empty row, and the profile of each segment that has customers."""
    summary = cast("list[list[Cell]]", PORTFOLIO_SUMMARY("segment", list(_UNITS), caller=caller))
    profiles = [_write_segment_profile(portfolio, each, caller.lang) for each in segment_profiles(portfolio)]
    return [*summary, [], [text.to(caller.lang) or None for text in _PROFILE], *profiles]


def segment_formats(portfolio: Portfolio) -> tuple[str, ...]:
    """Return the number format of each column."""
    return ("", *(formats.format_of(unit, portfolio.digits) for unit in _UNITS.values()), "")


def _write_segment_profile(portfolio: Portfolio, found: SegmentProfile, lang: Lang) -> list[Cell]:
    unit = 10**portfolio.digits
    try:
        typical = persona(portfolio, found.code)
        name, draft = str(portfolio.frame["name"].iloc[typical.position]), typical.draft.to(lang)
    except Refusal as refusal:  # too few members, or figures that are not known: the segment is shown all the same
        name, draft = NOT_AVAILABLE.to(lang), refusal.text.to(lang)
    return [
        found.label.to(lang),
        found.n,
        _write_profile_figure(found.monetary / unit, lang),
        _write_most_common(found.industry, lang),
        _write_profile_figure(found.recency, lang),
        _write_profile_figure(found.frequency, lang),
        _write_most_common(found.region, lang),
        name,
        None,
        None,
        draft,
    ]


def _write_profile_figure(value: float, lang: Lang) -> Cell:
    return NOT_AVAILABLE.to(lang) if np.isnan(value) else value


def _write_most_common(found: Common, lang: Lang) -> Cell:
    if not found.word:
        return words.label("levels", "unknown", lang)
    return (
        f"{found.word}({found.count}/{found.of}社)" if lang == "ja" else f"{found.word} ({found.count} of {found.of})"
    )
