"""Why a table is not there: it was never given, or the run was stored without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.language.errors import Text
from engine.reading.columns import table_text

if TYPE_CHECKING:
    from engine.cleaning.tables import Tables


def absence(tables: Tables, name: str) -> Text:
    """Return why the run has no table `name`, for a sentence that ends there."""
    table = table_text(name)
    if any(source.table == name for source in tables.sources):
        return Text(
            f"{table.ja}の明細は保存されていません(定義 store.keep)",
            f"the rows of {table.en.lower()} were not stored (definition: store.keep)",
        )
    return Text(f"{table.ja}の表がありません", f"there is no table of {table.en.lower()}")
