"""The next review: as far away as the last one, or as the definition sets it, with the plans that are due by then."""

from __future__ import annotations

from datetime import date, timedelta

from helpers.builders import GOLDEN, portfolio_of
from helpers.reports import earlier, golden, report_of, sample, section

from engine.planning.reviews import next_review
from report_templates.view import view


def test_the_next_review_is_as_far_away_as_the_last_one() -> None:
    found = next_review(sample(), earlier())
    assert (found.day, found.days, found.ground) == (date(2026, 12, 31), 92, "interval")
    note = section(view.build(sample(), earlier()), "movement").notes[0]
    assert "次回の見直しは2026/12/31(前回からの間隔と同じ92日後)。" in note.ja
    assert "Next review: 2026-12-31 (92 days after this one" in note.en
    assert not any("次回の見直し" in each.ja for each in section(view.build(sample(), earlier()), "actions").notes)


def test_without_an_earlier_run_the_definition_says_by_when() -> None:
    days = int(golden().definition.number("freshness.actions_days"))
    due = golden().as_of + timedelta(days=days)
    note = section(report_of(golden()), "actions").notes[-1]
    assert note.ja.startswith(f"次回の見直しは{due:%Y/%-m/%-d}まで(")
    assert f"{days}日後" in note.ja
    assert "アカウントプラン" not in note.ja


def test_plans_that_are_due_by_then_are_counted_with_those_that_are_late() -> None:
    plans = sample().tables.plans
    assert plans is not None
    found = next_review(sample())
    days = [each.date() for each in plans["review"].dropna()]
    assert found.plans == sum(each <= found.day for each in days)
    assert found.late == sum(each < sample().as_of for each in days) > 0
    note = section(report_of(sample()), "actions").notes[-1]
    assert f"アカウントプランは{found.plans}件、うち{found.late}件は期日を過ぎている" in note.ja


def test_a_run_of_the_same_day_is_no_interval() -> None:
    again = portfolio_of({**GOLDEN, "リスク": ["中", "中", "低"]}, as_of=golden().as_of)
    assert next_review(golden(), again).ground == "definition"
