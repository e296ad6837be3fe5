"""BG/NBD fitted to 23,570 real and to 1,000,000 made-up customers, against lifetimes, in CPU seconds; and what is foretold.

The search over all k of BG/CNBD-k on a million regular customers (k = 3, orders on whole days) is held against the same fit of
BG/NBD by lifetimes to a million: lifetimes has no model with regular gaps.

Both sides get the same three arrays (x, t_x, T in weeks) and both must end at the same log-likelihood, or nothing is shown.
CPU seconds of the process are compared, not time on the clock, so that threads cannot hide work. Of lifetimes only the fitter
is loaded. Its fit of a million customers takes long and is therefore measured once; ours is the median of five.
"""

from __future__ import annotations

import statistics
import time
import warnings
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from measure import Row

from engine.cleaning.tables import clean
from engine.models.purchases.beta_geometric import BG_NBD, BetaGeometric
from engine.models.purchases.choice import choose
from engine.models.purchases.histories import from_arrays, from_tables
from engine.reading.raw import RawTables, raw_from_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

MANY = 1_000_000
RUNS = 5
REGULAR = BetaGeometric(0, 3)
REGULAR_TRUTH = (0.85, 1.45, 0.79, 2.42)  # the setting of BTYDplus' documentation
REGULAR_RUNS = 3
SAME = 1e-6  # relative difference of the log-likelihoods


def measure() -> list[Row]:
    """Fit both in turn, on CDNOW (calibrated to 1997-09-30) and on customers simulated from what was found there."""
    real = _cdnow()
    found = BG_NBD.fit(from_arrays(*real))
    made_up = _made_up(tuple(found.parameters.values()))
    many = _against_lifetimes(made_up, 1 / 100, RUNS, 1)
    return [
        _against_lifetimes(real, 1 / 18, RUNS, RUNS),
        many,
        _search_regular(many),
        _foretelling(tuple(found.parameters.values()), made_up),
    ]


def _against_lifetimes(columns: tuple[Vector, Vector, Vector], budget: float, runs: int, anchor_runs: int) -> Row:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # lifetimes is older than its dependencies; an engine's own warnings stay errors
        from lifetimes.fitters.beta_geo_fitter import BetaGeoFitter

        theirs, anchor = _cpu(lambda: BetaGeoFitter().fit(*columns), anchor_runs)
    ours, seconds = _cpu(lambda: BG_NBD.fit(from_arrays(*columns)), runs)
    _same_optimum(columns, *(tuple(each[name] for name in BG_NBD.NAMES) for each in (ours.parameters, theirs.params_)))
    count = f"{len(columns[0]):,}"
    return Row(f"BG/NBD: {count} customers (CPU)", "lifetimes (CPU)", seconds, anchor, budget, runs)


def _search_regular(anchor: Row) -> Row:
    """Find k and the parameters of a million customers whose gaps take three steps; `anchor` holds what lifetimes took."""
    *columns, log_gaps = _made_up_regular()
    found, seconds = _cpu(lambda: choose(from_arrays(*columns, log_gaps=log_gaps), ("bg_cnbd",)), REGULAR_RUNS)
    if found.model != f"bg_cnbd_{REGULAR.k}":
        raise RuntimeError(f"the search ended at {found.model}: nothing to compare")
    return Row(
        f"BG/CNBD-k, every k: {MANY:,} customers (CPU)",
        anchor.anchor,
        seconds,
        anchor.anchor_seconds,
        1 / 20,
        REGULAR_RUNS,
    )


def _foretelling(values: tuple[float, ...], columns: tuple[Vector, Vector, Vector]) -> Row:
    """Purchases of the next year for each of a million customers, against one pass of logarithms over the same arrays."""

    def foretell() -> Vector:
        histories = from_arrays(*columns)
        return histories.each(BG_NBD.expected_given(values, 52, histories.x, histories.t_x, histories.T))

    _, seconds = _cpu(foretell, RUNS)
    _, anchor = _cpu(lambda: [np.log1p(each) for each in columns], RUNS)
    return Row(
        f"E[X(52)] of {len(columns[0]):,} customers (CPU)", "three NumPy log1p (CPU)", seconds, anchor, None, RUNS
    )


def _same_optimum(columns: tuple[Vector, Vector, Vector], ours: tuple[float, ...], theirs: tuple[float, ...]) -> None:
    reached, found = (float(BG_NBD.log_likelihood(each, *columns).sum()) for each in (ours, theirs))
    if abs(reached - found) > SAME * abs(found):
        raise RuntimeError(f"the two fits disagree ({reached} and {found}): nothing to compare")


def _cpu(work: Callable[[], Any], runs: int) -> tuple[Any, float]:
    """Return the last result and the median of CPU seconds; the first of several runs is not counted."""
    seconds = []
    result = None
    for _ in range(runs + (runs > 1)):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, statistics.median(seconds[1:] or seconds)


def _cdnow() -> tuple[Vector, Vector, Vector]:
    (path,) = (file for file in metadata.files("lifetimes") or [] if file.name == "CDNOW_master.txt")
    names = ["顧客ID", "取引日", "数量", "金額"]
    orders = pd.read_csv(Path(str(path.locate())), sep=r"\s+", header=None, skiprows=1, names=names, dtype=str)
    orders = orders.assign(金額=orders["金額"].astype(float), 取引日=pd.to_datetime(orders["取引日"]))
    tables = clean(RawTables({"orders": raw_from_frame("orders", orders, "CDNOW_master.txt")}, ()), currency="USD")
    histories = from_tables(tables, unit="week", until=date(1997, 9, 30))
    return histories.each(histories.x), histories.each(histories.t_x), histories.each(histories.T)


def _made_up(values: tuple[float, ...]) -> tuple[Vector, Vector, Vector]:
    """Return a million customers that began within twelve weeks, as those of CDNOW did, with whole days as orders have them."""
    dice = np.random.default_rng(20261122)
    days = dice.integers(27 * 7, 39 * 7 + 1, MANY)
    x, t_x = BG_NBD.simulate(values, days / 7, dice)
    return x, np.where(x > 0, np.maximum(np.ceil(t_x * 7), 1), 0) / 7, days / 7


def _made_up_regular() -> tuple[Vector, Vector, Vector, float]:
    """Return x, t_x, T and the sum of the logarithms of the gaps of as many customers, t_x in whole days."""
    dice = np.random.default_rng(20261122)
    days = dice.integers(27 * 7, 39 * 7 + 1, MANY)
    x, t_x, gaps = REGULAR.simulate_gaps(REGULAR_TRUTH, days / 7, dice)
    return x, np.where(x > 0, np.clip(np.ceil(t_x * 7), 1, days), 0) / 7, days / 7, float(gaps.sum())
