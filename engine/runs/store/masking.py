"""What of personal data a stored run keeps: all, the scored table only, or pseudonyms in the place of names.

A pseudonym is a keyed hash (HMAC-SHA-256): the same name has the same pseudonym in every run of one store, so that runs
can be compared, and without the store's key nobody can find out by trying names.
"""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

import pandas as pd

from engine.cleaning.source import bare_names
from engine.language.errors import Text
from engine.reading.columns import columns
from engine.runs.store.content import frames_of
from engine.runs.store.layout import PART, key_file, runs_folder
from engine.runs.store.locks import own_name
from engine.scoring.alerts import find_alerts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.cleaning.tables import Kept, Tables
    from engine.language.errors import Finding
    from engine.scoring.portfolio import Portfolio

_DIGITS: Final = 16  # 64 bits: among a million customers two share a pseudonym once in 40 million stores
_BYTES: Final = 32
# Labels that say nothing of a person; every other text is replaced.
_LABELS: Final = frozenset(
    ("industry", "region", "size", "channel", "continuity", "growth", "risk", "product", "category", "item")
)
_TABLE_LABELS: Final = frozenset(
    [
        *(("contacts", "kind"), ("costs", "kind"), ("actions", "kind"), ("actions", "status"), ("actions", "run")),
        *(("benchmarks", "measure"), ("benchmarks", "by")),
    ]
)
_CODED: Final = ("level", "chance", "flag", "amount", "date", "integer", "number", "rate")
OURS: Final = frozenset(("customer", "row", "part", "win_level"))  # made while cleaning
_PREFIX: Final = {
    "customer_id": "K",
    "parent_id": "K",
    "name": "顧客",
    "owner": "担当",
    "order_id": "T",
    "action_id": "A",
}
SAME_AS: Final = {"parent_id": "customer_id"}  # a parent is found by its customer's ID
_UNSAID: Final = Text("理由は保存されていません(仮名の設定)", "the reason is not stored (pseudonyms)")


def mask(portfolio: Portfolio, kept: Kept) -> Portfolio:
    """Return the portfolio as it is to be stored."""
    if kept == "scored":
        return replace(portfolio, tables=_drop_line_tables(portfolio.tables), forecast=None)
    return _pseudonymise_portfolio(portfolio) if kept == "pseudonyms" else portfolio


def _drop_line_tables(tables: Tables) -> Tables:
    """Leave out every table but the customers, and the cells that findings quote from the others."""
    lines: dict[str, Any] = {name: None for name in frames_of(tables) if name != "customers"}
    findings = tuple(each if each.table == "customers" else _strip_finding_of_value(each) for each in tables.findings)
    return replace(tables, **lines, findings=findings, kept="scored")


def _strip_finding_of_value(finding: Finding) -> Finding:
    return replace(finding, value=None, reason=_UNSAID)


def _pseudonymise_portfolio(portfolio: Portfolio) -> Portfolio:
    tables = portfolio.tables
    masked = {name: _mask_stored_table(name, frame) for name, frame in frames_of(tables).items() if frame is not None}
    customers, names = masked["customers"], bare_names(tables.sources)
    hidden = replace(
        tables,
        **cast("dict[str, Any]", masked),
        findings=tuple(
            replace(_strip_finding_of_value(each), source=names.get((each.table, each.source), each.table), column=None)
            for each in tables.findings
        ),
        sources=tuple(replace(source, source=names[source.table, source.source]) for source in tables.sources),
        kept="pseudonyms",
    )
    frame = portfolio.frame.copy()
    for name in [each for each in frame.columns if each in tables.customers.columns]:
        if name in customers.columns:  # a metric may bear the name of a column that it was read from
            frame[name] = _mask_stored_column("customers", name, frame[name]).array
        else:
            del frame[name]
    whole = replace(portfolio, tables=hidden, frame=frame, forecast=None)
    return replace(whole, alerts=find_alerts(whole))  # their sentences name customers


@cache
def hidden_columns(table: str) -> tuple[str, ...]:
    """Return the keys of the columns of an input table that may name somebody: IDs, names, owners and free text.

    What is left are numbers, dates, codes and labels that say nothing of a person. A user's own further columns are no
    part of either: nothing is known of them.
    """
    return tuple(
        each.key
        for each in columns(table)
        if each.kind not in _CODED and each.key not in _LABELS and (table, each.key) not in _TABLE_LABELS
    )


def _mask_stored_table(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a clean table without names; a user's own columns, of which we know nothing, are left out."""
    known = {column.key for column in columns(table)} | OURS
    return pd.DataFrame(
        {name: _mask_stored_column(table, name, frame[name]) for name in frame.columns if name in known}
    )


def _mask_stored_column(table: str, name: str, column: pd.Series) -> pd.Series:
    """Return a column as it is where it holds numbers, dates, codes or labels, else with pseudonyms."""
    known = any(each.key == name for each in columns(table))  # of what we do not know we show nothing
    shown = name in OURS or column.dtype.kind in "iufbM" or (known and name not in hidden_columns(table))
    return column if shown else _replace_by_pseudonyms(name, column)


def _replace_by_pseudonyms(name: str, column: pd.Series) -> pd.Series:
    values = column.astype(object)
    there = values.notna().to_numpy()
    cells = values.to_numpy().copy()
    cells[there] = pseudonyms(name, [str(cell) for cell in cells[there]])
    return pd.Series(cells, dtype=column.dtype)


def pseudonyms(kind: str, values: Sequence[str]) -> list[str]:
    """Return the pseudonyms of values of one kind (`customer_id`, `name` …), each made once."""
    known = {value: pseudonym(kind, value) for value in dict.fromkeys(values)}
    return [known[value] for value in values]


def aligned(before: list[str], kept: str, after: list[str], kept_after: str) -> tuple[list[str], list[str]]:
    """Return the customers' IDs of two runs as they can be compared: where one has pseudonyms, so has the other."""
    if kept == kept_after or "pseudonyms" not in (kept, kept_after):
        return before, after
    if kept == "pseudonyms":
        return before, pseudonyms("customer_id", after)
    return pseudonyms("customer_id", before), after


def pseudonym(kind: str, value: str, key: bytes | None = None) -> str:
    """Return the pseudonym of one value, made with the store's key unless another is given."""
    same = SAME_AS.get(kind, kind)
    written = f"{same}|{value}".encode("utf-8", "surrogatepass")
    digits = hmac.digest(secret() if key is None else key, written, "sha256").hex()[:_DIGITS]
    return f"{_PREFIX.get(kind, 'X')}-{digits}"


def secret() -> bytes:
    """Return the store's key, which pseudonyms are made with. It is never shown, logged or written elsewhere."""
    return _key_of(key_file())


@lru_cache(maxsize=4)
def _key_of(path: Path) -> bytes:
    """Return the store's key, made at the first need; only its owner may read the file.

    The file is written beside its place and linked there, so that two processes at once end up with one key.
    """
    if not path.exists():
        runs_folder().mkdir(parents=True, exist_ok=True)
        with own_name(runs_folder(), PART) as beside:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(handle, secrets.token_bytes(_BYTES))
                os.fsync(handle)
            finally:
                os.close(handle)
            with suppress(FileExistsError):  # another process was first: its key counts
                path.hardlink_to(beside)
            beside.unlink()
    return path.read_bytes()
