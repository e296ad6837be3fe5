"""Small inputs for tests, made through the same door as a user's: headers and cells, cleaned by the engine."""

from __future__ import annotations

import importlib.metadata
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from engine.cleaning.tables import RawTables, Tables, clean, raw_from_frame
from engine.scoring.portfolio import Portfolio
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.definition.definition import Definition

GOLDEN = {
    "顧客名": ["株式会社A", "株式会社B", "株式会社C"],
    "業界": ["製造", "IT", "飲食"],
    "年間売上": ["1,500万円", "900万円", "500万円"],
    "継続性": ["高", "中", "低"],
    "成長ポテンシャル": ["中", "高", "低"],
    "リスク": ["低", "中", "高"],
    "戦略": ["", "", ""],
}


def tables_of(
    customers: Mapping[str, Any] | None = None,
    orders: Mapping[str, Any] | None = None,
    as_of: date | None = None,
    currency: str | None = "JPY",
    **others: Any,
) -> Tables:
    """Return clean tables of columns given by header."""
    given = {"customers": customers, "orders": orders, **others}
    raw = {
        name: raw_from_frame(
            name, pd.DataFrame({key: pd.Series(list(value), dtype=object) for key, value in each.items()}), name
        )
        for name, each in given.items()
        if each is not None
    }
    return clean(RawTables(raw, ()), as_of=as_of, currency=currency)


def portfolio_of(
    customers: Mapping[str, Any] | None = None,
    orders: Mapping[str, Any] | None = None,
    as_of: date | None = None,
    definition: Definition | None = None,
    **others: Any,
) -> Portfolio:
    """Return the scored portfolio of columns given by header."""
    return score(tables_of(customers, orders, as_of, **others), definition, as_of)


def golden_csv(path: Path) -> Path:
    """Write the standard example as a planner's CSV file; return its path."""
    rows = [",".join(GOLDEN), *(",".join(f'"{cell}"' for cell in row) for row in zip(*GOLDEN.values(), strict=True))]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def golden() -> Portfolio:
    """Return the three customers of the elements table, typed by hand."""
    return portfolio_of(GOLDEN, as_of=date(2026, 9, 30))


def cdnow_master() -> Path:
    """Return the CDNOW data of 23,570 customers that the lifetimes wheel carries (read as a file, never imported)."""
    found = [each for each in importlib.metadata.files("lifetimes") or () if each.name == "CDNOW_master.txt"]
    return Path(str(found[0].locate()))
