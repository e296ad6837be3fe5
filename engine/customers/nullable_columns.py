"""Columns of facts in which missing stays missing: whole numbers, numbers, days and ratios in pandas' nullable types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


def missing_column(count: int, kind: Literal["Int64", "Float64"]) -> pd.Series:
    """Return a column of `count` missing values of pandas' nullable type `kind`."""
    nothing = np.ones(count, np.bool_)
    if kind == "Int64":
        return pd.Series(pd.arrays.IntegerArray(np.ones(count, np.int64), nothing))
    return pd.Series(pd.arrays.FloatingArray(np.ones(count), nothing))


def integer_column(values: NDArray[np.int64], known: NDArray[np.bool_]) -> pd.Series:
    """Return whole numbers as Int64, missing where they are not `known`."""
    return pd.Series(values).astype("Int64").mask(~known)


def float_column(values: NDArray[np.float64]) -> pd.Series:
    """Return numbers as Float64, missing where they are NaN."""
    return pd.Series(pd.array(values, dtype="Float64")).mask(np.isnan(values))


def date_column(days: NDArray[np.int64], known: NDArray[np.bool_]) -> pd.Series:
    """Return days (since 1970-01-01) as datetime64[s], NaT where they are not `known`; `days` is left as it is."""
    stamps = days.astype("datetime64[D]").astype("datetime64[s]")
    stamps[~known] = np.datetime64("NaT", "s")
    return pd.Series(stamps)


def divide_known(part: pd.Series, whole: pd.Series | float) -> pd.Series:
    """Return part ÷ whole as Float64; missing where either is, or where the whole is not positive."""
    above = part.to_numpy(np.float64, na_value=np.nan)
    below = whole.to_numpy(np.float64, na_value=np.nan) if isinstance(whole, pd.Series) else np.float64(whole)
    known = ~np.isnan(above) & (below > 0)
    # Put together from its parts: pandas' own division of masked columns costs five times as much.
    found = np.divide(above, below, out=np.ones(len(above)), where=known)
    return pd.Series(pd.arrays.FloatingArray(found, ~known), index=part.index)
