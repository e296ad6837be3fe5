"""Formulas that call our functions through another place: which are mended, and that nothing else of them changes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addin.functions import registry
from addin.functions.links import FILE_NAME, relinked
from addin.packaging.xlam import build

OURS = [function.name for function in registry.functions()]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=[1]!PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        ("=[portfolio.xlam]!PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        ("=portfolio.xlam!PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        (r"='C:\other path\portfolio.xlam'!PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        (r"='C:\it''s\Portfolio.XLAM'!PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        (r"='C:\a\[portfolio.xlam]'!PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        ("='https://firma.example/アドイン/portfolio.xlam'!PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        ("=_xll.PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        ("=_xlfn.PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        ("=_xludf.PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        ("=_xlfn._xludf.PORTFOLIO_SCORE(A1)", "=PORTFOLIO_SCORE(A1)"),
        ("=[2]!_xll.portfolio_score(a1)", "=portfolio_score(a1)"),
        ("=@[1]!PORTFOLIO_SCORE(A1)", "=@PORTFOLIO_SCORE(A1)"),
        ("=[1]!PORTFOLIO_SCORE (RC[-1])+R[1]C1", "=PORTFOLIO_SCORE (RC[-1])+R[1]C1"),
        ("=-[1]!PORTFOLIO_SCORE(A1)*2&[1]!PORTFOLIO_SEGMENT(A1)", "=-PORTFOLIO_SCORE(A1)*2&PORTFOLIO_SEGMENT(A1)"),
        ("=[1]!PORTFOLIO_SCORE([1]!PORTFOLIO_NEXT(顧客[ID]))", "=PORTFOLIO_SCORE(PORTFOLIO_NEXT(顧客[ID]))"),
        ('="[1]!PORTFOLIO_SCORE("&[1]!PORTFOLIO_SCORE(A1)', '="[1]!PORTFOLIO_SCORE("&PORTFOLIO_SCORE(A1)'),
        ('=表[a"b]+[1]!PORTFOLIO_SCORE("x")', '=表[a"b]+PORTFOLIO_SCORE("x")'),
        ("='it''s'!A1+[1]!PORTFOLIO_SCORE(A1)", "='it''s'!A1+PORTFOLIO_SCORE(A1)"),
        ("=[1]!OTHER(1)+[1]!PORTFOLIO_SCORE(A1)", "=[1]!OTHER(1)+PORTFOLIO_SCORE(A1)"),
    ],
)
def test_a_link_to_us_is_taken_away_and_nothing_else(formula: str, expected: str) -> None:
    assert relinked(formula) == expected
    assert relinked(expected) is None


@pytest.mark.parametrize(
    "formula",
    [
        "=PORTFOLIO_SCORE(A1)",
        "=@PORTFOLIO_SCORE(A1)",
        "=SUM(A1:A3)",
        "=[1]!PORTFOLIO_OPTIMISE(A1)",
        "=[1]!MY_PORTFOLIO_SCORE(A1)",
        "=MY_xll.PORTFOLIO_SCORE(A1)",
        r"='C:\x\tools.xlam'!PORTFOLIO_SCORE(A1)",
        r"='C:\x\myportfolio.xlam'!PORTFOLIO_SCORE(A1)",
        "=myportfolio.xlam!PORTFOLIO_SCORE(A1)",
        r"='C:\portfolio.xlam\Book1.xlsx'!PORTFOLIO_SCORE(A1)",
        "=Sheet1!PORTFOLIO_SCORE(A1)",
        r"='C:\x\[portfolio.xlam]Sheet1'!A1",
        "=[1]!PORTFOLIO_SCORE",
        '="=[1]!PORTFOLIO_SCORE(A1)"',
        '="say ""[1]!PORTFOLIO_SCORE(A1)"""',
        "='[1]!PORTFOLIO_SCORE(A1)'!A1",
        "=表[[1]!PORTFOLIO_SCORE(]",
        "[1]!PORTFOLIO_SCORE(A1)",
        "",
    ],
)
def test_what_is_not_ours_or_needs_nothing_is_left_alone(formula: str) -> None:
    assert relinked(formula) is None


PREFIXES = st.sampled_from(
    ["", "[1]!", "[12]!", "_xll.", "_xlfn.", "_xludf.", r"'C:\a b\portfolio.xlam'!", "portfolio.xlam!", "@"]
)
CALLS = st.builds(lambda prefix, name: f"{prefix}{name}(A1)", PREFIXES, st.sampled_from([*OURS, "SUM", "OTHER_X"]))
STRINGS = st.text(st.sampled_from("a\"[]!_xl.PORTFOLIO(1)'@ 顧"), max_size=30).map(
    lambda text: '"' + text.replace('"', '""') + '"'
)
FORMULAS = st.lists(st.one_of(CALLS, STRINGS), min_size=1, max_size=6).map(lambda parts: "=" + "&".join(parts))


@given(FORMULAS)
def test_mending_twice_is_mending_once(formula: str) -> None:
    mended = relinked(formula)
    assert mended is None or relinked(mended) is None


@given(st.lists(st.tuples(CALLS, STRINGS), min_size=1, max_size=5))
def test_texts_and_everything_but_prefixes_stay(parts: list[tuple[str, str]]) -> None:
    formula = "=" + "&".join(f"{call}&{text}" for call, text in parts)
    expected = "=" + "&".join(f"{_bare(call)}&{text}" for call, text in parts)
    assert (relinked(formula) or formula) == expected


def _bare(call: str) -> str:
    """Return a call of ours without its prefix, by another way: by the end of the text."""
    name = re.search(r"\w+\(A1\)\Z", call.replace(".", "!"))
    assert name is not None
    at = "@" if call.startswith("@") else ""
    return at + name[0] if name[0].removesuffix("(A1)") in OURS else call


@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    mended = relinked("=" + text)
    assert mended is None or len(mended) < len(text) + 1


def test_the_file_s_name_is_that_of_the_build() -> None:
    assert build.FILE_NAME == FILE_NAME
