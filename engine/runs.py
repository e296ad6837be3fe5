"""The runs of this process: a handle in a cell stands for a frozen Portfolio."""

from __future__ import annotations

from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING, Final

from engine.errors import Refusal

if TYPE_CHECKING:
    from engine.portfolio import Portfolio

__all__ = ["forget_all", "recall", "remember"]

_KEPT: Final = 32  # a planner has a handful of workbooks open; each run of 10,000 customers holds some megabytes
_runs: OrderedDict[str, Portfolio] = OrderedDict()
_lock = RLock()  # Excel may call from several threads


def remember(portfolio: Portfolio) -> str:
    """Keep the portfolio in memory and return the handle under which it is found again.

    Should another run already hold the same six digits, the handle is lengthened until it is its own.
    """
    with _lock:
        handle = portfolio.handle
        digits = len(handle.rpartition("-")[2])
        while handle in _runs and _runs[handle].hash != portfolio.hash:
            digits += 1
            handle = f"{handle.rpartition('-')[0]}-{portfolio.hash[:digits]}"
        _runs.setdefault(handle, portfolio)
        _runs.move_to_end(handle)
        while len(_runs) > _KEPT:
            _runs.popitem(last=False)
        return handle


def recall(handle: str) -> Portfolio:
    """Return the run of `handle`.

    Raises
    ------
    Refusal
        `no_run` where it is not in memory.
    """
    with _lock:
        name = str(handle).strip()
        portfolio = _runs.get(name)
        if portfolio is None:
            raise Refusal(
                "no_run", f"「{name}」は見つかりません。更新してください", f'"{name}" is not here; press Refresh'
            )
        _runs.move_to_end(name)
        return portfolio


def forget_all() -> None:
    """Drop every run from memory."""
    with _lock:
        _runs.clear()
