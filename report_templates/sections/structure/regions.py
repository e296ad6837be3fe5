"""Part of R3: how many customers each region has and what they buy, beside the bars that show its share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.language.errors import Text
from engine.lists.summary import summarise
from engine.scoring.concentration import measure
from report_templates.document.insights import tidy
from report_templates.texts.formatting import count, known
from report_templates.texts.settings import limit
from report_templates.texts.texts import Count, joined, say

if TYPE_CHECKING:
    from report_templates.document.report_data import Reading


def places(reading: Reading) -> Text | None:
    """Return each region with its number of customers and its sales, the largest first; None where none is told.

    As many regions as there are bars, then the rest as one.
    """
    if not reading.frame["region"].notna().any():
        return None
    found = []
    for row in summarise(reading.portfolio, by="region", measures=("customers", "sales")).to_dict("records"):
        label = tidy(Text(str(row["label_ja"]), str(row["label_en"])), limit("chart_name"))
        found.append(
            (say("word.no_group") if row["group"] == "" else label, int(row["customers"]), known(row["sales"]) or 0.0)
        )
    most = limit("bars")
    if len(found) > most:
        rest = found[most - 1 :]
        other = (say("word.other_group"), sum(each[1] for each in rest), sum(each[2] for each in rest))
        found = [*found[: most - 1], other]
    parts = (
        say("regions.part", name=name, n=Count(n), sales=reading.money.plain(sales, reading.places))
        for name, n, sales in found
    )
    return joined(tuple(parts), "、", ", ")


def note(reading: Reading, *, with_index: bool) -> Text | None:
    """Return the regions in a sentence, and with their HHI where no chart says it; None where no region is told."""
    told = places(reading)
    if told is None:
        return None
    first = say("regions.note", parts=told, unit=reading.money.label)
    index = measure(reading.portfolio, "hhi", "region") if with_index else np.nan
    return first if np.isnan(index) else joined((first, say("regions.hhi", hhi=count(index))), "", "")
