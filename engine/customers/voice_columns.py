"""What the voice says of each customer, as columns of the scored table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.customers.contact_log import COMPLAINT, begun_by_us, last_days, months_of, windows
from engine.customers.nullable_columns import missing_column
from engine.customers.survey_answers import answers_of, counting, main_item
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition


def voice_metrics(tables: Tables, definition: Definition, as_of: date) -> pd.DataFrame:
    """Return one row per customer, in the order of `tables.customers`.

    Parameters
    ----------
    tables
        The clean tables.
    definition
        For the windows and the words of `voice`.
    as_of
        The last day that counts, inclusive.

    Returns
    -------
    pandas.DataFrame
        contact_rate, contact_change (Float64, enquiries per month), last_contact, last_complaint (datetime64[s]),
        silent_days, open_items (Int64), nps_score, satisfaction (Float64, mean of the answers that count). Everything is
        missing without its table; a customer that the contact log does not name had no contacts, not unknown ones.
    """
    count = len(tables.customers)
    return pd.DataFrame(
        {
            **_summarise_contacts(tables, definition, as_of, count),
            **_average_survey_scores(tables, definition, as_of, count),
        }
    )


def _summarise_contacts(tables: Tables, definition: Definition, as_of: date, count: int) -> dict[str, pd.Series]:
    never = pd.Series(np.full(count, np.datetime64("NaT", "s"), dtype="datetime64[s]"))
    if tables.contacts is None:
        rates = {name: missing_column(count, "Float64") for name in ("contact_rate", "contact_change")}
        counts = {name: missing_column(count, "Int64") for name in ("silent_days", "open_items")}
        return rates | counts | {"last_contact": never, "last_complaint": never}
    contacts = tables.contacts[tables.contacts["date"] <= np.datetime64(as_of)]
    months = months_of(definition)
    start, middle, end = windows(as_of, months)
    day, who = contacts["date"].to_numpy().astype("datetime64[D]"), contacts["customer"].to_numpy(np.int64)
    enquiry = ~begun_by_us(contacts, definition)
    recent = np.bincount(who[enquiry & (day > middle) & (day <= end)], minlength=count) / months
    earlier = np.bincount(who[enquiry & (day > start) & (day <= middle)], minlength=count) / months
    last = last_days(contacts, count)
    silent = (np.datetime64(as_of, "D") - last).astype(np.float64)
    return {
        "contact_rate": pd.Series(recent).astype("Float64"),
        "contact_change": pd.Series(recent - earlier).astype("Float64"),
        "silent_days": pd.Series(np.where(np.isnat(last), 0, silent)).astype("Int64").mask(np.isnat(last)),
        "open_items": pd.Series(np.bincount(who[contacts["open"].to_numpy(dtype=bool)], minlength=count)).astype(
            "Int64"
        ),
        "last_contact": pd.Series(last.astype("datetime64[s]")),
        "last_complaint": pd.Series(last_days(contacts[contacts["kind"] == COMPLAINT], count).astype("datetime64[s]")),
    }


def _average_survey_scores(tables: Tables, definition: Definition, as_of: date, count: int) -> dict[str, pd.Series]:
    found = {name: missing_column(count, "Float64") for name in ("nps_score", "satisfaction")}
    if tables.surveys is None:
        return found
    answers = answers_of(tables, definition, as_of)
    for name, scale in (("nps_score", "nps"), ("satisfaction", "csat")):
        rows = answers[own_answers(answers, definition, scale)]
        mean = rows.groupby("customer")["score"].mean().reindex(range(count))
        found[name] = mean.astype("Float64").reset_index(drop=True)
    return found


def own_answers(answers: pd.DataFrame, definition: Definition, scale: str) -> NDArray[np.bool_]:
    """Return which answers make a customer's own score on a scale: those that count; of `csat` only the overall item.

    Where no item asks for overall satisfaction, all satisfaction items count; where several may, none does:
    PORTFOLIO_VOICE says so, and the run goes on without it.

    Parameters
    ----------
    answers
        As `answers_of` returns them.
    definition
        For `voice.answers` and `voice.overall_items`.
    scale
        `nps` or `csat`.
    """
    counts = counting(answers, definition) & (answers["scale"] == scale).to_numpy(dtype=bool)
    if scale == "nps":
        return counts
    try:
        main = main_item(answers[counts], definition)
    except Refusal:
        return np.zeros(len(answers), dtype=np.bool_)
    return counts if main is None else counts & (answers["item"] == main).to_numpy(dtype=bool)
