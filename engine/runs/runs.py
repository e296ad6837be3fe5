"""The runs of this process and, behind them, the stored ones: a handle in a cell stands for a frozen Portfolio.

Decision 0142: which run is the one before.
"""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING, Final

from engine.definition.definition import load_definition
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.scoring.portfolio import Portfolio

_KEPT: Final = 32  # a planner has a handful of workbooks open; each run of 10,000 customers holds some megabytes
_runs: OrderedDict[str, Portfolio] = OrderedDict()
# What the store could not give, and which earlier run a run has, hold until something is stored or deleted:
# ten thousand cells that name a missing run must not search a folder each.
_refused: dict[str, tuple[int, Refusal]] = {}
_previous: dict[str, tuple[object, str | None]] = {}
_PREVIOUS_WORDS: Final = frozenset({"前回", "previous"})
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


def keep(portfolio: Portfolio, what: str = "score") -> str:
    """Keep the portfolio in memory and in the run store, and return its handle.

    Parameters
    ----------
    what
        What led to it, for the audit log: score, refresh.

    Raises
    ------
    Refusal
        `unwritable` when it cannot be stored; it is in memory then all the same.
    """
    from engine.runs import store

    handle = remember(portfolio)
    store.store_run(portfolio, what)
    return handle


def is_held(handle: str) -> bool:
    """Return whether the run is in memory."""
    with _lock:
        return handle in _runs


def recall(handle: str) -> Portfolio:
    """Return the run of `handle`, from memory or else from the run store.

    Raises
    ------
    Refusal
        `no_run` where it is in neither; `unreadable` where its stored copy is damaged or of a newer program.
    """
    name = str(handle).strip()
    with _lock:
        portfolio = _runs.get(name)
        if portfolio is not None:
            _runs.move_to_end(name)
            return portfolio
    portfolio = _load_stored_run(name)
    with _lock:
        _runs.setdefault(name, portfolio)
        _runs.move_to_end(name)
        while len(_runs) > _KEPT:
            _runs.popitem(last=False)
        return _runs[name]


def _load_stored_run(name: str) -> Portfolio:
    from engine.runs import store

    stamp = store.stamp()
    known = _refused.get(name)
    if known is not None and known[0] == stamp:
        raise known[1].with_traceback(None)
    try:
        folder = store.find_folder(name)
        portfolio = None if folder is None else store.load(folder)
    except Refusal as refusal:
        _refused[name] = (stamp, refusal)
        raise
    if portfolio is None:
        missing = Refusal(
            "no_run", f"「{name}」は見つかりません。更新してください", f'"{name}" is not here; press Refresh'
        )
        _refused[name] = (stamp, missing)
        raise missing
    return portfolio


def previous(portfolio: Portfolio) -> Portfolio | None:
    """Return the run of the review before, or None where there is none: the 前回 of movement and explanations.

    It is the run with the newest as-of date before this one's, among the stored runs and those in memory, that shows the
    same portfolio: in the same currency, and with at least `movement.min_overlap` of the smaller run's customers in common.
    Of several runs of one day the one that was stored last counts; one that was only scored in a cell stands behind.
    A stored run that is damaged is passed over.
    """
    from engine.runs import store

    with _lock:
        held = tuple(sorted(_runs))
    state = (store.stamp(), held)
    known = _previous.get(portfolio.hash)
    if known is None or known[0] != state:
        known = _previous[portfolio.hash] = (state, next(_find_handles_of_earlier_runs(portfolio), None))
    return None if known[1] is None else recall(known[1])


def named(word: str | None, portfolio: Portfolio) -> Portfolio | None:
    """Return the run that a user names for a comparison with `portfolio`; None where `word` is None.

    Parameters
    ----------
    word
        A handle, or 前回 (`previous`) for the run of the review before.

    Raises
    ------
    Refusal
        `no_run` where there is no such run, or none before this one.
    """
    if word is None:
        return None
    is_previous = unicodedata.normalize("NFKC", word).strip().casefold() in _PREVIOUS_WORDS
    return review_before(portfolio) if is_previous else recall(word)


def review_before(portfolio: Portfolio) -> Portfolio:
    """Return the run of the review before (`previous`).

    Raises
    ------
    Refusal
        `no_run` where there is none.
    """
    found = previous(portfolio)
    if found is None:
        raise Refusal(
            "no_run",
            f"比べる前回の実行がありません(基準日 {portfolio.as_of:%Y/%m/%d} より前の実行を「更新」で保存してください)",
            f"there is no earlier run to compare with (store one from before {portfolio.as_of:%Y-%m-%d} by Refresh)",
        )
    return found


def _find_handles_of_earlier_runs(portfolio: Portfolio) -> Iterator[str]:
    """Yield the handles of the earlier runs of the same portfolio, the nearest first."""
    from engine.runs import store

    day = portfolio.as_of.isoformat()
    with _lock:
        held = {run.hash: (handle, run) for handle, run in _runs.items()}
    # Day, moment of storing (none for a run only in memory), and the name by which `recall` finds it.
    found = [(run.as_of.isoformat(), "", handle) for handle, run in held.values() if run.currency == portfolio.currency]
    for entry in store.entries():
        manifest = entry.manifest
        if manifest is not None and manifest.currency == portfolio.currency:
            handle = held[manifest.hash][0] if manifest.hash in held else manifest.folder
            found.append((manifest.as_of, manifest.when, handle))
    for as_of, _, handle in sorted(found, reverse=True):
        if as_of < day and _is_same_portfolio(portfolio, handle):
            yield handle


def _is_same_portfolio(portfolio: Portfolio, handle: str) -> bool:
    """Return whether the run of `handle` shows the same portfolio; a stored one is not loaded for that."""
    from engine.runs import store

    with _lock:
        held = _runs.get(handle)
    try:
        if held is not None:
            ids, kept = held.frame["customer_id"].tolist(), str(held.tables.kept)
        else:
            folder = store.find_folder(handle)
            if folder is None:
                return False
            ids, kept = store.customer_ids(folder), store.manifest_of(folder).kept
            store.check_folder(folder)
    except Refusal:
        return False
    before, after = store.aligned(ids, kept, portfolio.frame["customer_id"].tolist(), portfolio.tables.kept)
    common = len(set(before) & set(after))
    return common >= _read_least_overlap(portfolio) * max(min(len(before), len(after)), 1)


def _read_least_overlap(portfolio: Portfolio) -> float:
    try:
        return portfolio.definition.number("movement.min_overlap")
    except Refusal:  # a definition from before there was such an entry
        return load_definition().number("movement.min_overlap")


def forget_all() -> None:
    """Drop every run from memory."""
    with _lock:
        _runs.clear()
        _refused.clear()
        _previous.clear()
