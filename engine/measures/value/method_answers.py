"""What `portfolio ltv` answers by the methods of the cell PORTFOLIO_LTV: which one answered, and why those before it did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.language.errors import Text
from engine.language.words import text
from engine.measures.value.lifetime import METHODS, lifetimes

if TYPE_CHECKING:
    import pandas as pd

    from engine.measures.value.lifetime import Lifetimes
    from engine.scoring.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Step:
    """One method, in the order in which they are tried.

    Parameters
    ----------
    method
        Its code, such as `markov`.
    name
        Its name.
    answers
        True for the one that answered, False for one that could not, None for one that was not needed.
    reason
        Why it answered or could not; blank where it was not needed.
    """

    method: str
    name: Text
    answers: bool | None
    reason: Text


@dataclass(frozen=True, eq=False)
class MethodAnswer:
    """The lifetime value of every customer by one method.

    Parameters
    ----------
    frame
        One row per customer: customer_id, name, low, mid, high (whole currency units), reason_ja and reason_en where there is
        no value.
    steps
        The methods in their order: all of them where none was asked for, else the one.
    found
        What the cells are read from.
    """

    frame: pd.DataFrame
    steps: tuple[Step, ...]
    found: Lifetimes


def answer_method(
    portfolio: Portfolio, *, method: str | None = None, years: float | None = None, rate: float | None = None
) -> MethodAnswer:
    """Return the lifetime values that a cell shows, under the same arguments.

    Parameters
    ----------
    method
        As in `engine.measures.value.lifetime.lifetimes`: the first that the data can carry when None.

    Raises
    ------
    Refusal
        As `lifetimes` does.
    """
    found = lifetimes(portfolio, years, rate, method)
    frame = portfolio.frame[["customer_id", "name"]].copy()
    for name in ("low", "mid", "high"):
        frame[name] = np.rint(found.frame[name].to_numpy(np.float64, na_value=np.nan)) / 10**portfolio.digits
    for lang in ("ja", "en"):
        frame[f"reason_{lang}"] = found.frame[f"reason_{lang}"].to_numpy(dtype=object)
    return MethodAnswer(frame, _list_steps_of_choice(found, METHODS if method is None else (method,)), found)


def _list_steps_of_choice(found: Lifetimes, methods: tuple[str, ...]) -> tuple[Step, ...]:
    refused = dict(found.passed)
    steps = []
    for method in methods:
        name = text("ltv_methods", method)
        if method in refused:
            steps.append(Step(method, name, False, refused[method].text))
        elif method == found.method:
            steps.append(Step(method, name, True, found.because))
        else:
            steps.append(Step(method, name, None, Text("", "")))
    return tuple(steps)
