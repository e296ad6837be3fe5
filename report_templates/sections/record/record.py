"""Part of R12: who made the run, when and with which rules, and which columns may hold personal data.

Decision 0252: who made a run, and where it is read from.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.language.errors import Refusal, Text
from engine.reading.columns import TABLES, columns
from engine.runs import store
from engine.runs.store.masking import hidden_columns
from report_templates.texts.formatting import day
from report_templates.texts.texts import joined, say
from report_templates.texts.typeface import printable, shortened

if TYPE_CHECKING:
    from engine.runs.store import Manifest
    from engine.scoring.portfolio import Portfolio


def record(portfolio: Portfolio) -> Text:
    """Return who made the run and when, as the store knows it, and with which rules.

    A masked edition names nobody at work, and is not even looked up: it is read by others than those who made it.
    """
    definition = portfolio.definition
    rules = say("record.rules", version=printable(definition.version), hash=definition.hash[:12])
    if portfolio.tables.kept == "masked":
        return joined((say("record.masked"), rules), "", " ")
    manifest = _manifest(portfolio)
    if manifest is None:
        return joined((say("record.unknown"), rules), "", " ")
    at = datetime.fromisoformat(manifest.when).astimezone(UTC)
    who = shortened(printable(manifest.who), 12)
    made = say("record.made" if who else "record.made_at", who=who, day=day(at.date()), time=f"{at:%H:%M}")
    return joined((made, rules, say("record.program", engine=manifest.engine, scoring=manifest.scoring)), "", " ")


def _manifest(portfolio: Portfolio) -> Manifest | None:
    """Return what was written down when the run was stored; None where it was not, or where that is damaged."""
    try:
        folder = store.find_folder(portfolio.handle)
        found = None if folder is None else store.manifest_of(folder)
    except Refusal:  # a page on evidence says what is known; the store's own commands tell of the damage
        return None
    return found if found is not None and found.hash == portfolio.hash else None


def personal(portfolio: Portfolio) -> Text | None:
    """Return which columns of this run may hold personal data, each name once; None where none is filled in."""
    found = []
    for table in TABLES:
        frame = getattr(portfolio.tables, table)
        hidden = () if frame is None else hidden_columns(table)
        found += [
            column.text
            for column in columns(table)
            if column.key in hidden and column.key in frame.columns and bool(frame[column.key].notna().any())
        ]
    if not found:
        return None
    japanese, english = dict.fromkeys(name.ja for name in found), dict.fromkeys(name.en for name in found)
    return say("record.personal", names=Text("、".join(japanese), ", ".join(english)))
