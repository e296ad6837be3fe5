"""docs/forecast*.md: its formulas, taken down as they stand there, are what the code computes; both pages hold the same."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import special

from engine.definition.definition import load_definition
from engine.models.intervals import score_interval
from engine.models.purchases.beta_geometric import BetaGeometric
from engine.scoring.forecast.scorecard import logit

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parent.parent
R, ALPHA, A, B = PARAMETERS = (0.85, 1.45, 0.79, 2.42)
X, T_X, T, H = 3, 10.0, 14.0, 5.0
HISTORY = tuple(np.array([each]) for each in (float(X), T_X, T))


def formulas(name: str) -> list[str]:
    return (ROOT / "docs" / name).read_text(encoding="utf-8").split("$$")[1::2]


def weights(m: int, k: int, until: float) -> tuple[float, float]:
    """S and G of the page's second formula."""
    n, power, share = X + m, R + k * X, (until - T_X) / (ALPHA + until)
    there = sum(math.prod(power + i for i in range(j)) / math.factorial(j) * share**j for j in range(k))
    return there, A / (B + n - 1) * ((ALPHA + until) / (ALPHA + T_X)) ** power


def likelihood(m: int, k: int, until: float) -> float:
    """The page's third formula, without the part that the single gaps decide."""
    n, power = X + m, R + k * X
    rates = special.gamma(power) / special.gamma(R) * ALPHA**R / (ALPHA + until) ** power
    return float(rates * special.beta(A, B + n) / special.beta(A, B) * sum(weights(m, k, until)))


@pytest.mark.parametrize(("m", "k"), [(0, 1), (1, 1), (0, 3), (1, 4), (1, 12)])
def test_likelihood_and_probabilities_are_those_of_the_page(m: int, k: int) -> None:
    model = BetaGeometric(m, k)
    there, gone = weights(m, k, T)
    assert model.log_likelihood(PARAMETERS, *HISTORY)[0] == pytest.approx(math.log(likelihood(m, k, T)))
    assert model.alive(PARAMETERS, *HISTORY)[0] == pytest.approx(there / (there + gone))
    silent = likelihood(m, k, T + H) / likelihood(m, k, T)
    assert model.silent(PARAMETERS, H, *HISTORY)[0] == pytest.approx(silent)


@pytest.mark.parametrize("m", [0, 1])
@pytest.mark.parametrize("c", [1, 2, 5])
def test_the_probability_of_several_purchases_is_that_of_the_page(m: int, c: int) -> None:
    there, gone = weights(m, 1, T)
    n, power, reached = X + m, R + X, H / (ALPHA + T + H)
    stayed = special.beta(A, B + n + c - 1) / special.beta(A, B + n)
    told = there / (there + gone) * stayed * special.betainc(c, power, reached)
    assert BetaGeometric(m).at_least(PARAMETERS, H, c, *HISTORY)[0] == pytest.approx(told)


def test_points_and_wilson_are_those_of_the_page() -> None:
    number = load_definition().number
    assert number("forecast.even_points") == 50
    assert number("forecast.points_to_double") == 10
    points = 50 + 10 / math.log(2) * logit(np.array([0.5, 0.2, 0.8]))
    assert points.tolist() == pytest.approx([50, 30, 70])
    n, p, z = 15, 8 / 15, 1.96
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    told = [(p + z * z / (2 * n) + side * reach) / (1 + z * z / n) for side in (-1, 1)]
    assert score_interval(8, 15, z) == pytest.approx(told)


def test_the_numbers_that_the_page_names_are_those_of_the_definition() -> None:
    number = load_definition().number
    named = {"intercept": 0.5, "slope": 0.25, "free": 0.3, "signal": 0.5}
    assert {name: number(f"forecast.{name}_width") for name in named} == named
    assert [number(f"priors.{name}") for name in ("spread", "speed", "leaving", "staying")] == [1, 1.5, 0.7, 5]
    assert (number("forecast.value_weight"), number("forecast.least_events")) == (0.5, 20)
    assert (number("forecast.shrinks"), number("forecast.grows")) == (0.8, 1.1)


@pytest.mark.parametrize("name", ["forecast.ja.md", "forecast.md"])
def test_every_entry_and_path_that_the_page_names_is_there(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    keys = set(re.findall(r"`((?:forecast|priors|ltv|state|levels)\.[a-z_]+)`", text))
    assert len(keys) > 8
    for key in keys:
        load_definition().value(key)
    paths = re.findall(r"`(engine/[^`]+)`", text)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_both_pages_hold_the_same_formulas_and_sources() -> None:
    def without_words(found: Iterable[str]) -> list[str]:
        return [re.sub(r"\\text\{[^}]*\}", "", each) for each in found]

    assert without_words(formulas("forecast.ja.md")) == without_words(formulas("forecast.md"))
    sources = [
        re.findall(r"^- .*", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in ("forecast.ja.md", "forecast.md")
    ]
    assert sources[0] == sources[1]
    assert len(sources[0]) > 15
