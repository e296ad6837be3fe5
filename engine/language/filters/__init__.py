"""The filter language: `リスク=高 かつ 粗利>1000000`, parsed into a typed tree; never evaluated.

What it is asked of answers the conditions: the customers of a run (`engine.lists.matching`), the rows of a file.
"""

from __future__ import annotations

from engine.language.filters.parse import DEEPEST, Named, parse, parse_with
from engine.language.filters.tree import columns_in, to_text

__all__ = ["DEEPEST", "Named", "columns_in", "parse", "parse_with", "to_text"]
