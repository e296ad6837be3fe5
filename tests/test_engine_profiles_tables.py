"""Every table of the template is known by its own headers, with cells and without: none ends a proposal with an error."""

from __future__ import annotations

import pytest

from engine.reading.columns import TABLES, columns
from engine.reading.profiles import look_at


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_each_table_is_proposed_from_its_own_headers_and_from_too_few(table: str, lang: str) -> None:
    header = [getattr(column.text, lang) for column in columns(table)]
    assert look_at([header], None, table).profile.table == table
    assert look_at([["何か", "別の何か"], ["x", "y"]], None, table).profile.table == table
