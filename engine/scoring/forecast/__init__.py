"""What is to be expected of every customer within the horizon: purchases, sales, gross profit, and the probabilities to act on.

In: clean tables and the metrics of the as-of date. Out: a frozen `Forecast` and the scorecard of the risk axis. Must not know: levels,
schemes, anything that is shown.

Decision 0320: the ladder of models and the scorecard on top.
"""

from engine.scoring.forecast.forecast import Forecast, forecast_customers

__all__ = ["Forecast", "forecast_customers"]
