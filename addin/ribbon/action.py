"""What a button's function looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from addin.shared.book import Book
    from engine.language.errors import Lang, Text

# Takes the workbook in front and the language; returns what to tell the user, None where the sheet shows it by itself.
Action: TypeAlias = "Callable[[Book, Lang], Text | None]"
