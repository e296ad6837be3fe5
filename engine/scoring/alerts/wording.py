"""The one place where the facts of a test become sentences, by the patterns of `alerts.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from engine.language import words
from engine.language.display import number, percent
from engine.language.errors import LANGUAGES, Lang, Text
from engine.scoring.alerts.alert import KINDS, Alert, Facts, Kind

if TYPE_CHECKING:
    from engine.scoring.portfolio import Portfolio

_FINE: Final = 100  # below it two decimals, where a pattern asks for `fine`
_PATTERNS: Final = ("engine.scoring.alerts", "alerts.toml")


def word_alert(
    portfolio: Portfolio,
    code: str,
    value: float,
    limit: float,
    verdict: str,
    culprits: tuple[int, ...],
    facts: Facts,
    cause: str,
    clear: tuple[str, ...] = (),
    *,
    entry: str = "",
    fired: str = "",
) -> Alert:
    """Return a test with its texts.

    Parameters
    ----------
    value, limit, verdict, culprits, facts
        As in `Alert`.
    cause, clear
        Keys of `causes` and of `clears` in `alerts.toml`.
    entry
        The entry of the definition whose source is told; `alerts.` and the code by default.
    fired
        Where a test has several limits, the one that fired: a key of `fired` in `alerts.toml`.
    """
    places = _fill_places(portfolio, KINDS[code], value, limit, facts)
    clears = [_write_pattern("clears", key, places) for key in clear]
    return Alert(
        code=code,
        kind=KINDS[code],
        value=value,
        limit=limit,
        verdict=verdict,
        culprits=culprits,
        cause_rule=cause,
        clear_rules=clear,
        facts=facts,
        item=words.text("alerts", code),
        measure=_write_pattern("measures", code, places),
        display=_write_pattern("displays", code, places),
        threshold=_write_pattern("fired", fired, places) if fired else _write_pattern("thresholds", code, places),
        cause=_write_pattern("causes", cause, places),
        clear=Text("。".join(each.ja for each in clears), "; ".join(each.en for each in clears)),
        source=portfolio.definition.source(entry or f"alerts.{code}"),
    )


def word_unavailable(
    portfolio: Portfolio, code: str, cause: str, facts: Facts | None = None, *, entry: str = ""
) -> Alert:
    """Return a test that cannot be answered; `cause` says which input is missing."""
    found = facts or Facts()
    places = _fill_places(portfolio, KINDS[code], 0.0, 0.0, found)
    return Alert(
        code=code,
        kind=KINDS[code],
        value=None,
        limit=None,
        verdict="unavailable",
        culprits=(),
        cause_rule=cause,
        clear_rules=(),
        facts=found,
        item=words.text("alerts", code),
        measure=_write_pattern("measures", code, places),
        display=_write_pattern("displays", "unavailable", places),
        threshold=_write_pattern("thresholds", "unavailable", places),
        cause=_write_pattern("causes", cause, places),
        clear=Text("", ""),
        source=portfolio.definition.source(entry or f"alerts.{code}"),
    )


def word_of(key: str) -> Text:
    """Return a name that the patterns put into a sentence, such as the index of the gross profit."""
    return words.load_sentences(*_PATTERNS)["words"][key]


def _write_pattern(kind: str, key: str, places: dict[Lang, dict[str, Any]]) -> Text:
    return words.load_sentences(*_PATTERNS)[kind][key].fill(places)


def _fill_places(
    portfolio: Portfolio, kind: Kind, value: float, limit: float, facts: Facts
) -> dict[Lang, dict[str, Any]]:
    """Return what the braces of the patterns hold, in each language."""
    names = [str(portfolio.frame["name"].iloc[position]) for position in facts.customers]
    who = Text("、".join(names), ", ".join(names))
    measured = _Share if kind == "share" else _Number
    return {
        lang: {
            **{name: portfolio.money(minor, lang) for name, minor in facts.amounts.items()},
            **{name: _Share(part, lang) for name, part in facts.shares.items()},
            **{name: _Number(each, lang) for name, each in facts.numbers.items()},
            **{name: word.to(lang) for name, word in facts.words.items()},
            "who": who.to(lang),
            "value": measured(value, lang),
            "limit": measured(limit, lang),
        }
        for lang in LANGUAGES
    }


@dataclass(frozen=True, slots=True)
class _Share:
    """A part of 1; the format is its decimals as a percentage."""

    part: float
    lang: Lang

    def __format__(self, places: str) -> str:
        return percent(self.part, self.lang, int(places))


@dataclass(frozen=True, slots=True)
class _Number:
    """A number; the format is its decimals, or `d`, `g` or `fine` (see `alerts.toml`)."""

    value: float
    lang: Lang

    def __format__(self, places: str) -> str:
        if places == "g":
            return f"{self.value:g}"
        if places == "d":
            return f"{round(self.value)}"
        decimals = (2 if self.value < _FINE else 0) if places == "fine" else int(places)
        return number(self.value, self.lang, decimals)
