"""対象: whom a change is about: one customer, a group of customers, or all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.language import words
from engine.language.districts import same_region
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio

DEFINITION: Final = "definition"
_GROUPS: Final = ("segment", "industry", "region", "size", "owner", "channel", "state")


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a change is about: its name, and which customers of the run (in the run's own positions)."""

    name: Text
    members: NDArray[np.bool_]


def find_target(portfolio: Portfolio, word: str) -> Target | None:
    """Return whom `word` means in the run as it is now; None for the definition.

    Looked for in this order: 全体, 定義, a group written with its dimension (`業界=製造`), a customer by ID or name, a
    group by its bare name (大口, 製造) where only one dimension knows it.

    Raises
    ------
    Refusal
        `unknown_customer` (or `ambiguous_customer`) where nothing or too much fits.
    """
    whole = words.find("trial_targets", word)
    if whole == DEFINITION:
        return None
    if whole is not None:
        return Target(words.text("trial_targets", whole), np.ones(len(portfolio), dtype=np.bool_))
    named = _find_group_with_dimension(portfolio, word)
    if isinstance(named, Target):
        return named
    word = word if named is None else named
    try:
        members = np.zeros(len(portfolio), dtype=np.bool_)
        place = portfolio.position(word)
        members[place] = True
        name = str(portfolio.frame["name"].iloc[place])
        return Target(Text(name, name), members)
    except Refusal as refusal:
        groups = [each for each in _GROUPS if _find_members_of_group(portfolio, each, word).any()]
        if refusal.kind == "ambiguous_customer" or not groups:
            raise
    if len(groups) > 1:
        texts = [words.text("dimensions", each) for each in groups]
        ja, en = [f"{each.ja}={word}" for each in texts], [f"{each.en}={word}" for each in texts]
        raise Refusal(
            "argument",
            f"「{word}」は複数の切り口にあります。{'か'.join(ja)} と書いてください",
            f'"{word}" is found in several dimensions; write {" or ".join(en)}',
        )
    return _make_target_of_group(portfolio, groups[0], word)


def _find_group_with_dimension(portfolio: Portfolio, word: str) -> Target | str | None:
    """Return the group that is written with its dimension, the customer's bare name of 顧客=A, or None."""
    for sign in ("=", "＝", ":", "："):
        head, found, tail = word.partition(sign)
        dimension = words.find("dimensions", head) if found else None
        if dimension == "customer":
            return tail.strip()
        if dimension in _GROUPS:
            target = _make_target_of_group(portfolio, str(dimension), tail.strip())
            if not target.members.any():
                raise Refusal(
                    "argument",
                    f"{words.text('dimensions', str(dimension)).ja}「{tail.strip()}」の顧客はいません"
                    f"(ある値: {'・'.join(_list_group_words(portfolio, str(dimension)))})",
                    f'no customer has the {words.text("dimensions", str(dimension)).en.lower()} "{tail.strip()}" '
                    f"(there are: {', '.join(_list_group_words(portfolio, str(dimension)))})",
                )
            return target
    return None


def _make_target_of_group(portfolio: Portfolio, dimension: str, word: str) -> Target:
    said = words.text("dimensions", dimension)
    return Target(
        Text(f"{said.ja}「{word}」", f'{said.en.lower()} "{word}"'), _find_members_of_group(portfolio, dimension, word)
    )


def _find_members_of_group(portfolio: Portfolio, dimension: str, word: str) -> NDArray[np.bool_]:
    frame = portfolio.frame
    if dimension in ("segment", "state"):
        kind, column = ("segments.standard", "segment_standard") if dimension == "segment" else ("states", "state")
        return np.asarray(frame[column] == words.find(kind, word), dtype=np.bool_)
    key = same_region if dimension == "region" else words.normalise
    wanted = key(word)
    values = frame[dimension]
    alike = {value for value in values.dropna().unique() if key(str(value)) == wanted}
    return np.asarray(values.isin(alike), dtype=np.bool_)


def _list_group_words(portfolio: Portfolio, dimension: str) -> list[str]:
    if dimension == "segment":
        return [words.text("segments.standard", code).ja for code in words.codes("segments.standard")]
    if dimension == "state":
        return [words.text("states", code).ja for code in words.codes("states")]
    return [str(value) for value in portfolio.frame[dimension].dropna().unique()[:8]]
