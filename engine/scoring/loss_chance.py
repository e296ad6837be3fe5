"""How likely each customer is to be lost within the horizon: the forecast, else the probability of its level of risk.

Decision 0218: why a table of probabilities and a model stand side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.portfolio import Portfolio


def loss_chances(portfolio: Portfolio) -> NDArray[np.float64]:
    """Return P(lost) of every customer; NaN where neither a forecast nor a level of risk is known.

    Where nothing can be forecast (a typed table, a run stored by an earlier program), `alerts.loss_probability` of the level stands in.
    """
    frame = portfolio.frame
    usual = portfolio.definition.value("alerts.loss_probability")
    by_level = frame["level_risk"].map(usual).to_numpy(np.float64, na_value=np.nan)
    if "p_lost" not in frame:
        return by_level
    forecast = frame["p_lost"].to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(forecast), by_level, forecast)
