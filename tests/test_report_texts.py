"""The report's words: both languages, the same places, nothing missing and nothing left over; colours that can be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest

from engine.language.errors import Text
from report_templates.texts import settings, typeface
from report_templates.texts.texts import Count, keys, lowered, say

ROOM = Path(settings.__file__).parent.parent
FILES = [ROOM / "texts.toml", *sorted((ROOM / "texts").glob("*.toml"))]
DOCUMENTS = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES]
SOURCES = [*ROOM.rglob("*.py"), *ROOM.rglob("*.jinja")]
LITERAL = re.compile(r'say\(\s*f?"([a-z_]+\.(?:[a-z_0-9]|\{[^}"]*\})+)"')


def entry(key: str) -> dict[str, str]:
    """Return the one entry of this key: a second file with the same key would silently win."""
    table, name = key.split(".", 1)
    found = [document[table][name] for document in DOCUMENTS if name in document.get(table, {})]
    assert len(found) == 1, key
    return dict(found[0])


def places(pattern: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}


@pytest.mark.parametrize("key", keys())
def test_both_languages_hold_the_same_text(key: str) -> None:
    text = entry(key)
    assert set(text) == {"ja", "en"}
    assert text["ja"].strip()
    assert text["en"].strip()
    shared = places(text["ja"]) ^ places(text["en"])
    # A headline may count in one language and enumerate in the other; everything else says the same.
    assert shared <= {"n", "more", "alert"}, f"{key}: {shared}"


def test_every_text_that_is_asked_for_exists() -> None:
    asked = {key for path in SOURCES for key in LITERAL.findall(path.read_text(encoding="utf-8"))}
    patterns = [re.compile(re.sub(r"\{[^}]*\}", "[a-z_0-9]+", key) + "$") for key in asked]
    lost = [pattern.pattern for pattern in patterns if not any(pattern.match(key) for key in keys())]
    assert asked
    assert not lost


def test_no_text_is_left_over() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    composed = [re.sub(r"\{[^}]*\}", ".+", key) for key in LITERAL.findall(code) if "{" in key]
    unused = [
        key for key in keys() if f'"{key}"' not in code and not any(re.fullmatch(pattern, key) for pattern in composed)
    ]
    assert not unused


def test_counts_know_their_plural() -> None:
    assert f"{Count(1):customer|customers}" == "1 customer"
    assert f"{Count(2340):customer|customers}" == "2,340 customers"
    assert f"{Count(2340)}" == "2,340"
    assert say("word.rest", n=Count(1)) == Text("ほか1社", "and 1 other")


def test_a_label_inside_a_sentence_starts_small_unless_it_is_an_abbreviation() -> None:
    assert lowered(Text("地域", "Region")).en == "region"
    assert lowered(Text("HHI", "HHI")).en == "HHI"


def test_a_text_with_an_unfilled_place_is_an_error_not_a_gap() -> None:
    with pytest.raises(KeyError):
        say("word.rest")
    with pytest.raises(KeyError):
        say("word.no_such_text")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ink", ["ink", "muted", "accent", "severe", "warning", "caution", "ok"])
@pytest.mark.parametrize("ground", ["paper", "ground"])
def test_every_ink_can_be_read_on_every_ground(ink: str, ground: str) -> None:
    assert contrast(settings.colour(ink), settings.colour(ground)) >= 4.5


def test_segments_differ_in_greyscale_or_in_shape() -> None:
    marks = [settings.mark(code) for code in ("major", "at_risk", "growth", "stable", "develop", "unknown")]
    for place, one in enumerate(marks):
        for other in marks[place + 1 :]:
            assert one.shape != other.shape or contrast(one.fill, other.fill) > 2


def test_the_typeface_prints_what_it_can_and_marks_the_rest() -> None:
    assert typeface.printable("髙﨑鷗①㈱△▲𠮷") == "髙﨑鷗①㈱△▲𠮷"
    assert typeface.printable("A\u202eB\u200fC\x07\nD") == "ABC D"
    assert typeface.printable("辻\U000e0100") == "辻"
    assert typeface.printable("عمل") == typeface.GETA * 3


def test_a_long_name_ends_in_an_ellipsis_inside_its_width() -> None:
    name = typeface.shortened("とても長い名前の株式会社" * 5, 12)
    assert name.endswith("…")
    assert typeface.width(name) <= 12
    assert typeface.shortened("短い", 12) == "短い"
    assert typeface.brief("株式会社A") == "㈱A"
