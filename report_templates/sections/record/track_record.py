"""Part of R11, 的中の検証: how today's grades would have done at earlier dates, and the one sentence on it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Final

from engine.language import words
from engine.measures.backtest import Backtest, backtest
from engine.measures.backtest.answers import item_text, notes_of, ranker_text
from engine.measures.backtest.result import WARNS
from engine.measures.backtest.sentences import compared_text, headline_text, horizon_text, outcome_text
from report_templates.document.document import Cell, Column, Section, Table
from report_templates.document.figures import Outcome, Reliability
from report_templates.document.insights import tidy
from report_templates.document.report_data import answered_or_none
from report_templates.texts.formatting import MISSING, count, day, share_number
from report_templates.texts.texts import BLANK, Count, joined, opened, say

if TYPE_CHECKING:
    from engine.language.errors import Text
    from engine.measures.backtest.bins import Bin
    from engine.measures.backtest.result import Ranker
    from report_templates.document.report_data import Reading

_AXIS: Final = "risk"
_LONGEST_NOTE: Final = 150


@dataclass(frozen=True, kw_only=True)
class TrackRecord(Section):
    """The page on how past grades came true; `sentence` is what other pages and the mail say of it."""

    sentence: Text
    picture: Reliability | None
    levels: Table
    rankers: Table
    axes: Table


def sentence(reading: Reading) -> Text | None:
    """Return the one sentence on past grades of リスク; None where the past cannot be tested."""
    found = _tested(reading, _AXIS)
    return None if found is None else _write_track_record(found)


def _tested(reading: Reading, axis: str) -> Backtest | None:
    """Return how an axis did on the run's own past; None where that is too short."""
    return answered_or_none(lambda: backtest(reading.portfolio, axis))


def _write_track_record(found: Backtest) -> Text:
    return say("track_record.sentence", told=outcome_text(found))


def build(reading: Reading) -> TrackRecord | None:
    """Return the page; None where there are no orders, or too short a past."""
    found = _tested(reading, _AXIS)
    if found is None:
        return None
    others = {axis: _tested(reading, axis) for axis in WARNS}
    days = joined(tuple(day(each.day) for each in found.origins), "・", ", ")
    return TrackRecord(
        key="track_record",
        number="R11",
        name=say("track_record.name"),
        message=opened(headline_text(found)),
        subtitle=say("track_record.subtitle", days=days, span=horizon_text(found.days), n=Count(found.whole.customers)),
        sentence=_write_track_record(found),
        picture=_picture(found),
        levels=_levels(found),
        rankers=_rankers(found),
        axes=_axes({axis: each for axis, each in others.items() if each is not None}),
        notes=tuple(opened(tidy(note, _LONGEST_NOTE)) for note in notes_of(found)),
    )


def _picture(found: Backtest) -> Reliability | None:
    """Return predicted against actual by tenth; None where no probabilities were stated."""
    outcomes = tuple(
        Outcome(item_text(each), each.predicted, each.actual, each.low, each.high, each.customers)
        for each in found.tenths
        if each.predicted is not None and each.actual is not None and each.low is not None and each.high is not None
    )
    if not outcomes:
        return None
    fits = sum(each.low <= each.predicted <= each.high for each in outcomes)
    return Reliability(
        key="reliability",
        title=say("track_record.picture"),
        alt=say("track_record.picture_alt", n=Count(len(outcomes)), fits=Count(fits)),
        x_title=say("track_record.predicted"),
        y_title=say("track_record.actual"),
        outcomes=outcomes,
        top=min(1.0, max(0.1, *(max(each.predicted, each.high) for each in outcomes)) * 1.05),
        diagonal=say("track_record.diagonal"),
        note=say("track_record.picture_note"),
    )


def _levels(found: Backtest) -> Table:
    spans = (("level", 20), ("n", 18), ("events", 12), ("predicted", 15), ("actual", 15), ("interval", 20))
    columns = tuple(
        Column(say(f"track_record.col_{head}"), "end" if place else "start", span)
        for place, (head, span) in enumerate(spans)
    )
    rows = tuple(_build_bin_row(each, words.text("levels", each.key)) for each in found.levels)
    total = _build_bin_row(found.whole, say("track_record.all"))
    return Table("track-levels", say("track_record.levels"), columns, rows, total=total)


def _build_bin_row(each: Bin, name: Text) -> tuple[Cell, ...]:
    ends = MISSING
    if each.low is not None and each.high is not None:
        ends = joined((_per_cent(each.low), _per_cent(each.high)), "〜", " to ")
    return (
        Cell(name, each.key),
        Cell(count(each.customers), each.customers),
        Cell(count(each.events), each.events),
        Cell(_per_cent(each.predicted), each.predicted),
        Cell(_per_cent(each.actual), each.actual),
        Cell(ends),
    )


def _per_cent(share: float | None) -> Text:
    return MISSING if share is None or isnan(share) else share_number(share * 100)


def _rankers(found: Backtest) -> Table:
    spans = (("by", 40), ("auc", 15), ("skill", 20), ("found", 25))
    columns = tuple(
        Column(say(f"track_record.col_{head}"), "end" if place else "start", span)
        for place, (head, span) in enumerate(spans)
    )
    rows = tuple(_ranker(each) for each in found.rankers)
    return Table("track-rankers", say("track_record.rankers"), columns, rows, note=say("track_record.rankers_note"))


def _ranker(each: Ranker) -> tuple[Cell, ...]:
    measures = [Cell(_decimal(value), None if isnan(value) else value) for value in (each.auc, each.skill)]
    return (
        Cell(opened(ranker_text(each.code)), each.code),
        *measures,
        Cell(_per_cent(each.found), None if isnan(each.found) else each.found),
    )


def _decimal(value: float) -> Text:
    return MISSING if isnan(value) else count(value, 2)


def _axes(found: dict[str, Backtest]) -> Table:
    columns = tuple(
        Column(say(f"track_record.col_{head}"), "start", span)
        for head, span in (("axis", 10), ("outcome", 48), ("rival", 42))
    )
    rows = tuple(
        (
            Cell(words.text("axes", axis), axis),
            Cell(outcome_text(each)),
            Cell(BLANK if (rival := compared_text(each)) is None else rival),
        )
        for axis, each in found.items()
    )
    return Table("track-axes", say("track_record.axes"), columns, rows)
