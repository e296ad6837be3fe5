"""Saved what-ifs: a case has a name, what it changes and what came of it; several are set side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from engine.language import words
from engine.language.errors import Refusal, Text
from engine.planning.what_if.changes import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.planning.what_if.result import Row, Trial, Unit

_FORM: Final = "customer-portfolio case 1"


@dataclass(frozen=True, slots=True)
class Case:
    """A what-if that is kept.

    Parameters
    ----------
    name
        As its author calls it.
    lost
        IDs of the customers that are lost first.
    recovery
        Share of their sales that the others win back, as text (`3/10`).
    changes
        The changes that follow, in order.
    run
        The run that it was tried on.
    result
        What came of it there: the rows as plain JSON values.
    """

    name: str
    lost: tuple[str, ...]
    recovery: str
    changes: tuple[Change, ...]
    run: str
    result: tuple[Mapping[str, Any], ...]

    def to_json(self) -> str:
        """Return the case as JSON; `from_json` reads it back without loss (dates become ISO text)."""
        document = {
            "form": _FORM,
            "name": self.name,
            "run": self.run,
            "lost": list(self.lost),
            "recovery": self.recovery,
            "changes": [[each.target, each.item, _write_date_as_text(each.change)] for each in self.changes],
            "result": list(self.result),
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

    @staticmethod
    def from_json(text: str) -> Case:
        """Return the case that `to_json` wrote.

        Raises
        ------
        Refusal
            Where the text is no case.
        """
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise _refuse_unreadable_case() from error
        if not isinstance(document, dict) or document.get("form") != _FORM:
            raise _refuse_unreadable_case()
        try:
            return Case(
                str(document["name"]),
                tuple(map(str, document["lost"])),
                str(document["recovery"]),
                tuple(Change(str(target), str(item), change) for target, item, change in document["changes"]),
                str(document["run"]),
                tuple(dict(row) for row in document["result"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _refuse_unreadable_case() from error


def _refuse_unreadable_case() -> Refusal:
    return Refusal(
        "unreadable",
        "案のファイルとして読めません。what-if --save が書いたJSONを渡してください",
        "this is no saved case; give the JSON that what-if --save wrote",
    )


def _write_date_as_text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def rows_json(trial: Trial) -> list[dict[str, Any]]:
    """Return the result as plain JSON values; money in minor units, texts in both languages."""
    return [
        {
            "code": row.code,
            "item": row.item._asdict(),
            "unit": row.unit,
            "now": _make_side_json(row.now),
            "then": _make_side_json(row.then),
            "delta": row.delta,
            "verdict": row.verdict._asdict(),
        }
        for row in trial.rows
    ]


def _make_side_json(value: object) -> object:
    return value._asdict() if isinstance(value, Text) else value


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One measure: the run's value, then each case's; None where it cannot be told."""

    code: str
    item: Text
    unit: Unit
    sides: tuple[float | Text | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Cases side by side.

    Parameters
    ----------
    names
        現在, then the cases' names.
    rows
        The measures.
    notes
        Cases that could not be tried on this run, and cases that were saved on another one.
    """

    names: tuple[Text, ...]
    rows: tuple[ComparisonRow, ...]
    notes: tuple[Text, ...]


def side_by_side(names: list[str], trials: list[Trial | None], notes: list[Text]) -> Comparison:
    """Return the comparison of trials; None stands for a case that could not be tried."""
    first = next((each for each in trials if each is not None), None)
    codes = words.codes("trial_rows")
    rows: list[ComparisonRow] = []
    for code in codes if first is not None else ():
        now = _find_row_of_trial(first, code)
        assert now is not None  # noqa: S101 - there is a first trial
        then = tuple(None if (row := _find_row_of_trial(each, code)) is None else row.then for each in trials)
        rows.append(ComparisonRow(code, now.item, now.unit, (now.now, *then)))
    headers = (Text("現在", "Now"), *(Text(name, name) for name in names))
    return Comparison(headers, tuple(rows), tuple(notes))


def _find_row_of_trial(trial: Trial | None, code: str) -> Row | None:
    return None if trial is None else trial.row(code)
