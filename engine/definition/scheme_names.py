"""The names of schemes and of their groups: the vocabulary's for the built-in ones, the definition's for a planner's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.definition.definition import Definition

_REST: Final = "unclassified"


def scheme_text(definition: Definition, scheme: str) -> Text:
    """Return a scheme's name in both languages; one of a planner's own is called by its code."""
    if scheme in words.codes("schemes") or scheme not in definition.painted_schemes:
        return words.text("schemes", scheme)
    return Text(scheme, str(definition.value(f"schemes.{scheme}.en")) or scheme)


def find_scheme(definition: Definition, word: str) -> str | None:
    """Return the code of the scheme that `word` means, or None."""
    found = words.find("schemes", word)
    if found is not None:
        return found
    wanted = words.normalise(word)
    return next(
        (
            scheme
            for scheme in definition.painted_schemes
            if wanted in map(words.normalise, scheme_text(definition, scheme))
        ),
        None,
    )


def segment_text(definition: Definition, scheme: str, code: str) -> Text:
    """Return a group's name in both languages.

    A group of a painted scheme is named by `schemes.<scheme>.names`, then by the vocabulary, and else by its code, as it
    was painted.
    """
    if scheme in definition.painted_schemes:
        named = definition.value(f"schemes.{scheme}.names").get(code)
        if named is not None:
            return Text(named["ja"], named["en"])
    kind = f"segments.{scheme}" if scheme in words.codes("schemes") else "segments.own"
    return words.text(kind, code)


def segment_codes(definition: Definition, scheme: str) -> tuple[str, ...]:
    """Return the codes of a scheme's groups in their usual order, 未分類 last."""
    known = words.codes(f"segments.{scheme}") if scheme in words.codes("schemes") else ()
    if scheme not in definition.painted_schemes:
        return known
    painted = _list_painted_groups(definition.value(f"schemes.{scheme}.grid"))
    usual = [code for code in known if code in painted]
    return (*usual, *(code for code in painted if code not in usual and code != _REST), _REST)


def _list_painted_groups(grid: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for row in grid for code in str(row).split()))


def unknown_scheme(definition: Definition, word: str) -> Refusal:
    """Return the refusal for a word that names no scheme; it lists all that there are."""
    own = [scheme_text(definition, each) for each in definition.painted_schemes if each not in words.codes("schemes")]
    choices = [*(words.text("schemes", each) for each in words.codes("schemes")), *own]
    return Refusal(
        "argument",
        f"分類「{word}」は使えません(使える語: {'・'.join(choice.ja for choice in choices)})",
        f'scheme "{word}" is not known (use: {", ".join(choice.en for choice in choices)})',
    )
