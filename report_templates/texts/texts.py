"""The report's sentences and labels in both languages, kept as data: texts.toml, and a file of texts/ per larger page."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from engine.language.errors import Lang, Text
from report_templates.texts.settings import ROOM

BLANK = Text("", "")


class Count(int):
    """A number of things that knows its English plural: `{n:customer|customers}` gives `1 customer`, `2,340 customers`.

    Without a format specification it is written with thousands separators.
    """

    def __format__(self, specification: str) -> str:
        """Return the number, followed by the singular or plural noun of `specification` when it holds both."""
        singular, bar, plural = specification.partition("|")
        if not bar:
            return format(int(self), specification or ",")
        return f"{int(self):,} {singular if self == 1 else plural}"


@cache
def _load_text_entries() -> dict[str, Text]:
    found: dict[str, Text] = {}
    folder = ROOM / "texts"
    more = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    for file in (ROOM / "texts.toml", *more):
        _collect(tomllib.loads(file.read_text(encoding="utf-8")), "", found)
    return found


def _collect(table: dict[str, Any], prefix: str, found: dict[str, Text]) -> None:
    for name, entry in table.items():
        key = f"{prefix}{name}"
        if set(entry) == {"ja", "en"}:
            found[key] = Text(entry["ja"], entry["en"])
        else:
            _collect(entry, f"{key}.", found)


def keys() -> tuple[str, ...]:
    """Return the keys of all texts."""
    return tuple(_load_text_entries())


def unfilled(beginning: str = "") -> tuple[Text, ...]:
    """Return all texts whose key begins so, as they are kept, with their places in braces."""
    return tuple(text for key, text in _load_text_entries().items() if key.startswith(beginning))


def say(key: str, /, **values: object) -> Text:
    """Return the text of `key` in both languages with `values` put into its places.

    Parameters
    ----------
    key
        Key of texts.toml or of a file in texts/, such as `summary.name`.
    values
        What the places in braces hold. A `Text` gives each language its own wording; a `Count` its plural.

    Raises
    ------
    KeyError
        When there is no such key, or the text has a place that `values` does not fill.
    """
    entry = _load_text_entries()[key]
    return Text(_filled(entry.ja, values, "ja"), _filled(entry.en, values, "en"))


def _filled(pattern: str, values: dict[str, object], lang: Lang) -> str:
    return pattern.format_map({name: v.to(lang) if isinstance(v, Text) else v for name, v in values.items()})


def plain(word: str) -> Text:
    """Return a word that reads the same in both languages, such as a customer's name."""
    return Text(word, word)


def both(ja: str, en: str) -> Text:
    """Return a text whose two wordings were made separately, such as a formatted number."""
    return Text(ja, en)


def lowered(text: Text) -> Text:
    """Return a label as it stands inside an English sentence: small first letter, unless it is an abbreviation."""
    return Text(text.ja, text.en if text.en[:2].isupper() else text.en[:1].lower() + text.en[1:])


def opened(text: Text) -> Text:
    """Return a sentence as it stands alone: the English one with a capital."""
    return Text(text.ja, text.en[:1].upper() + text.en[1:])


def unended(text: Text) -> Text:
    """Return a sentence without its full stop, as it stands in an enumeration."""
    return Text(text.ja.rstrip("。"), text.en.rstrip("."))


def joined(parts: tuple[Text, ...], ja: str = "、", en: str = ", ") -> Text:
    """Return `parts` as one enumeration, with each language's own separator."""
    return Text(ja.join(part.ja for part in parts), en.join(part.en for part in parts))
