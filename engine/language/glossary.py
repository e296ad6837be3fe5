"""The glossary (用語集): the words of the field and the product's own, explained in Japanese and English."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from engine.language.errors import Text
from engine.language.words import normalise

_SECTION: Final = re.compile(r"R\d+\Z")
_FUNCTION: Final = "PORTFOLIO_"


@dataclass(frozen=True, slots=True)
class Term:
    """One entry.

    Parameters
    ----------
    term
        The word.
    reading
        How the Japanese word is read, in hiragana; what the glossary is sorted by within a group.
    meaning
        What it is and how it is counted here, in two or three sentences.
    groups
        The lists it stands in (see `groups`), in the order of the glossary's file; at least one.
    also
        Further names by which it is found.
    where
        Worksheet functions (`PORTFOLIO_…`), sheets of the template workbook by their Japanese names, and sections of
        the report (`R1` to `R12`), in this order.
    see
        Other entries, by their Japanese names.
    """

    term: Text
    reading: str
    meaning: Text
    groups: tuple[str, ...]
    also: tuple[str, ...]
    where: tuple[str, ...]
    see: tuple[str, ...]

    @property
    def functions(self) -> tuple[str, ...]:
        """The worksheet functions among `where`."""
        return tuple(place for place in self.where if place.startswith(_FUNCTION))

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections of the report among `where`."""
        return tuple(place for place in self.where if _SECTION.match(place))

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets among `where`."""
        return tuple(place for place in self.where if place not in {*self.functions, *self.sections})

    @property
    def group(self) -> Text:
        """The lists it stands in, as people read them."""
        named = [groups()[each] for each in self.groups]
        return Text(" · ".join(each.ja for each in named), " · ".join(each.en for each in named))

    @property
    def place(self) -> Text:
        """Where it is found in the product, as people read it; a sheet keeps its Japanese name.

        >>> find_term("HHI").place.ja
        'PORTFOLIO_CONCENTRATION · 集中リスク · 報告書R4 集中リスク'
        """
        plain = [*self.functions, *self.sheets]
        parts = [section(code) for code in self.sections]
        return Text(
            " · ".join([*plain, *(f"報告書{code} {part.ja}" for code, part in zip(self.sections, parts, strict=True))]),
            " · ".join(
                [*plain, *(f"Report {code} {part.en}" for code, part in zip(self.sections, parts, strict=True))]
            ),
        )


@cache
def _load_glossary() -> dict[str, Any]:
    return tomllib.loads(files("engine.language").joinpath("glossary.toml").read_text(encoding="utf-8"))


@cache
def terms() -> tuple[Term, ...]:
    """Return every entry: the four lists of the field first, then the product's own words."""
    return tuple(
        Term(
            Text(entry["ja"], entry["en"]),
            entry["kana"],
            Text(entry["means"]["ja"], entry["means"]["en"]),
            tuple(entry["groups"]),
            tuple(entry.get("also", ())),
            tuple(entry["where"]),
            tuple(entry.get("see", ())),
        )
        for entry in _load_glossary()["term"]
    )


@cache
def groups() -> dict[str, Text]:
    """Return the groups in their order: code → name."""
    return {code: Text(entry["ja"], entry["en"]) for code, entry in _load_glossary()["groups"].items()}


def section(code: str) -> Text:
    """Return the name of a section of the report, such as `R4`."""
    entry = _load_glossary()["sections"][code]
    return Text(entry["ja"], entry["en"])


@cache
def _index_terms() -> dict[str, Term]:
    own = {normalise(word): each for each in terms() for word in each.term}
    further = {normalise(word): each for each in terms() for word in each.also}
    return further | own  # an entry's own name goes before another's alias


def find_term(word: str) -> Term | None:
    """Return the entry that `word` names in either language, or None; width and case do not matter."""
    return _index_terms().get(normalise(word))
