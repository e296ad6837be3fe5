"""Account plans, and what was decided and done: the plan of a customer, what is open, what became of the last decisions.

Decision 0196: why another list of actions is another run.
Decision 0197: which decisions of the last review are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from engine.cleaning.missing_table import absence
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.scoring.portfolio import Portfolio

OPEN: Final = ("open", "doing")
"""The states in which something is still to be done."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one account.

    Parameters
    ----------
    customer
        The customer's position.
    goal, needs, solution, value_offer, people, risk_note, owner
        As typed; None where blank.
    target_sales
        Minor units, None where blank.
    sales
        The customer's sales of the last twelve months, minor units; None where they are not known.
    review
        The next review, None where blank.
    review_late
        Whether that day lies before the as-of date.
    """

    customer: int
    goal: str | None
    needs: str | None
    solution: str | None
    value_offer: str | None
    people: str | None
    risk_note: str | None
    owner: str | None
    target_sales: int | None
    sales: int | None
    review: date | None
    review_late: bool

    @property
    def progress(self) -> float | None:
        """Sales ÷ target sales; None where one of them is not known or the target is 0."""
        return self.sales / self.target_sales if self.sales is not None and self.target_sales else None


@dataclass(frozen=True, slots=True)
class Action:
    """One action or decision, as it stands on the as-of date.

    Parameters
    ----------
    action_id, what, owner, result, run
        As typed; None where blank (`what` never is).
    raised, due, closed
        Days; None where blank.
    customer
        The customer's position; None where the whole portfolio is meant.
    kind
        `decision` or `action`.
    status
        `open`, `doing`, `done` or `dropped`.
    days_late
        Days from the due date to its completion, or to the as-of date while it is open; 0 where it was or still is in
        time. None without a due date, without a day of completion, or where it was dropped.
    """

    action_id: str | None
    raised: date | None
    customer: int | None
    what: str
    kind: str
    owner: str | None
    due: date | None
    status: str
    result: str | None
    closed: date | None
    run: str | None
    days_late: int | None

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.status in OPEN

    @property
    def overdue(self) -> bool:
        """Whether it is open and its due date lies before the as-of date (on the day itself it is in time)."""
        return self.is_open and bool(self.days_late)


def plan_of(portfolio: Portfolio, position: int) -> Plan | None:
    """Return the plan of the customer at `position`; None where it has none, or the run has no plans at all."""
    plans = portfolio.tables.plans
    found = None if plans is None else plans[plans["customer"] == position]
    if found is None or found.empty:
        return None
    row: dict[str, Any] = {name: _drop_missing_cell(found[name].iloc[0]) for name in found.columns}
    sales, review = (
        _drop_missing_cell(portfolio.frame["sales_12m"].iloc[position]),
        _convert_cell_to_date(row["review"]),
    )
    texts = ("goal", "needs", "solution", "value_offer", "people", "risk_note", "owner")
    return Plan(
        customer=position,
        **{name: row[name] for name in texts},
        target_sales=None if row["target_sales"] is None else int(row["target_sales"]),
        sales=None if sales is None else int(sales),
        review=review,
        review_late=review is not None and review < portfolio.as_of,
    )


def actions_of(portfolio: Portfolio) -> tuple[Action, ...]:
    """Return every action and decision of the run, in the order of its clean table; none without such a table."""
    return portfolio.once(("plans.actions",), lambda: _read_actions(portfolio))


def open_actions(
    portfolio: Portfolio, position: int | None = None, kinds: Iterable[str] = ("action", "decision")
) -> tuple[Action, ...]:
    """Return what is still to be done, the earliest due date first, without one last.

    Parameters
    ----------
    position
        A customer's; None for all of them and what concerns the whole portfolio.
    kinds
        `action`, `decision`, or both.

    Raises
    ------
    Refusal
        `too_little_data` where the run has no table of actions: nothing open is not the same as nothing known.
    """
    if portfolio.tables.actions is None:
        raise Refusal("too_little_data", *absence(portfolio.tables, "actions"))
    wanted = set(kinds)
    found = [
        each
        for each in actions_of(portfolio)
        if each.is_open and each.kind in wanted and (position is None or each.customer == position)
    ]
    return tuple(sorted(found, key=_sort_key_by_due))


def next_action_of(portfolio: Portfolio, position: int) -> Action | None:
    """Return the customer's open action that is due first; None where there is none, or no table of actions."""
    return _find_next_action_of_each(portfolio).get(position)


def decisions_since(
    portfolio: Portfolio, previous: Portfolio | date | None = None, kinds: Iterable[str] = ("decision",)
) -> tuple[Action, ...]:
    """Return what became of the decisions of the last review, open ones first, then by the day they were raised.

    Parameters
    ----------
    previous
        The run that the last review was held on, its as-of date, or None: then the last `freshness.actions_days`.
    kinds
        `decision`, `action`, or both.

    Returns
    -------
    tuple of Action
        Those that name the run `previous` or another of its as-of date, those without a run that were raised on that
        date or later (up to this run's, both inclusive), and all that are still open: they are carried on until
        somebody closes them.

    Raises
    ------
    Refusal
        `too_little_data` where the run has no table of actions; `argument` where `previous` lies after this run.
    """
    if portfolio.tables.actions is None:
        raise Refusal("too_little_data", *absence(portfolio.tables, "actions"))
    since = _find_day_of_previous_run(portfolio, previous)
    wanted = set(kinds)
    found = [
        each for each in actions_of(portfolio) if each.kind in wanted and _belongs_to_run(each, since, portfolio.as_of)
    ]
    return tuple(sorted(found, key=lambda each: (not each.is_open, each.raised or date.min, *_sort_key_by_due(each))))


def _find_day_of_previous_run(portfolio: Portfolio, previous: Portfolio | date | None) -> date:
    if previous is None:
        return portfolio.as_of - timedelta(days=int(portfolio.definition.number("freshness.actions_days")))
    since = previous if isinstance(previous, date) else previous.as_of
    if since > portfolio.as_of:
        raise Refusal(
            "argument",
            f"前回の基準日({since:%Y/%m/%d})が今回({portfolio.as_of:%Y/%m/%d})より後です。前回の実行を選び直してください",
            f"the last review ({since:%Y-%m-%d}) lies after this run ({portfolio.as_of:%Y-%m-%d}); choose an earlier run",
        )
    return since


def _belongs_to_run(action: Action, since: date, as_of: date) -> bool:
    if action.raised is not None and action.raised > as_of:
        return False
    if action.is_open:
        return True  # taken at that review, after it, or carried on from an earlier one
    if action.run is not None:  # a review is held on one day, on whichever of that day's runs
        return action.run.startswith(f"PF-{since:%Y%m%d}-")
    return action.raised is not None and action.raised >= since


def _read_actions(portfolio: Portfolio) -> tuple[Action, ...]:
    table = portfolio.tables.actions
    if table is None:
        return ()
    rows = table.drop(columns=["row", "part"], errors="ignore").to_dict("records")
    return tuple(_make_action_of_row(row, portfolio.as_of) for row in rows)


def _make_action_of_row(row: dict[Any, Any], as_of: date) -> Action:
    plain = {name: _drop_missing_cell(value) for name, value in row.items()}
    days = {name: _convert_cell_to_date(plain.pop(name)) for name in ("date", "due", "closed")}
    place = int(plain.pop("customer"))
    return Action(
        **plain,
        raised=days["date"],
        due=days["due"],
        closed=days["closed"],
        customer=None if place < 0 else place,
        days_late=_count_days_late(str(plain["status"]), days["due"], days["closed"], as_of),
    )


def _count_days_late(status: str, due: date | None, closed: date | None, as_of: date) -> int | None:
    end = as_of if status in OPEN else closed if status == "done" else None
    return None if due is None or end is None else max((end - due).days, 0)


def _find_next_action_of_each(portfolio: Portfolio) -> dict[int, Action]:
    def make() -> dict[int, Action]:
        found: dict[int, Action] = {}
        for action in sorted(filter(lambda each: each.is_open, actions_of(portfolio)), key=_sort_key_by_due):
            if action.customer is not None:
                found.setdefault(action.customer, action)
        return found

    return portfolio.once(("plans.next",), make)


def _sort_key_by_due(action: Action) -> tuple[date, str]:
    return action.due or date.max, action.what


def _drop_missing_cell(value: Any) -> Any:
    return None if pd.isna(value) else value


def _convert_cell_to_date(value: Any) -> date | None:
    return None if value is None else pd.Timestamp(value).date()
