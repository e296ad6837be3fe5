"""The ribbon as data: tab, groups and buttons with their words, from which the ribbon's XML and texts are made."""

from __future__ import annotations

from typing import Final

from addin.ribbon.analysis.buttons import GROUP as ANALYSIS
from addin.ribbon.button import Button, Group, Needs
from addin.ribbon.data.buttons import GROUP as DATA
from addin.ribbon.help.buttons import GROUP as HELP
from addin.ribbon.records.buttons import GROUP as RECORDS
from addin.ribbon.reporting.buttons import GROUP as REPORTING
from addin.ribbon.scoring.buttons import GROUP as SCORING
from addin.ribbon.trials.buttons import GROUP as TRIALS
from engine.language.errors import Text

__all__ = ["GROUPS", "NO_WORKBOOK", "TAB", "Button", "Group", "Needs", "texts"]

TAB: Final = Text("顧客ポートフォリオ", "Customer Portfolio")
NO_WORKBOOK: Final = Text("ブックを開いてから押してください。", "Open a workbook first.")

GROUPS: Final = (DATA, SCORING, ANALYSIS, TRIALS, RECORDS, REPORTING, HELP)


def texts() -> tuple[tuple[str, Text], ...]:
    """Return every word of the ribbon under the key by which the add-in's VBA asks for it."""
    found = [("ribbon.title", TAB), ("ribbon.no_workbook", NO_WORKBOOK), ("ribbon.portfolio", TAB)]
    for group in GROUPS:
        found.append((f"ribbon.{group.key}", group.label))
        for button in group.buttons:
            key = f"ribbon.{button.key}"
            found += [(key, button.label), (f"{key}.tip", button.tip), (f"{key}.needs", Text(*[button.needs] * 2))]
    return tuple(found)
