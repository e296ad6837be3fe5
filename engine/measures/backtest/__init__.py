"""The backtest: today's grades given at earlier days with nothing dated later, held against what followed.

In: a portfolio with orders.
Out: reliability by level and tenth, rankings side by side with plain rivals, a verdict in words, or what is missing.
It must not know: how a cell, a command or a page shows them.
"""

from engine.measures.backtest.backtest import backtest
from engine.measures.backtest.result import Backtest
from engine.measures.backtest.sentences import verdict_of, verdict_text

__all__ = ["Backtest", "backtest", "verdict_of", "verdict_text"]
