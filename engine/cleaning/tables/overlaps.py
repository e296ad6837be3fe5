"""Orders that may stand in two sheets or files: the same month exported twice, or its sum beside its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.language.errors import Text
from engine.reading.row_places import short_names

if TYPE_CHECKING:
    import numpy.typing as npt

    from engine.cleaning.table_cleaner import Sheet

    Whole = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]


def warn_overlaps(
    sheet: Sheet, customer: Whole, days: npt.NDArray[np.datetime64], amount: Whole, without_id: Mask
) -> None:
    """Warn of orders without an order ID that two sheets or files may both hold.

    Told are rows of one customer, day and amount that stand in several of them, and months of a customer whose sums are equal in two
    of them though their rows differ: one may be the sum of the other. All of them are used; only a person can tell.

    Parameters
    ----------
    sheet
        The order table while it is cleaned.
    customer, days, amount
        Of each row: the customer's position, the day, the amount in minor units.
    without_id
        Rows without an order ID: with one, cleaning knows a repeated row.
    """
    rows = np.flatnonzero(without_id & ~sheet.listed)
    if len(sheet.raw.parts) < 2 or not len(rows):
        return
    part, day = sheet.part[rows].astype(np.int64), days[rows].astype("datetime64[D]")
    month = day.astype("datetime64[M]").astype(np.int64)
    same_day = _number_combinations(customer[rows], day.astype(np.int64), amount[rows])
    repeated = _find_keys_in_several_parts(same_day, part)
    sums = pd.Series(amount[rows]).groupby([_number_combinations(customer[rows], month), part]).sum()
    per_month = sums.reset_index()
    per_month.columns = pd.Index(["month", "part", "sum"])
    lines = pd.Series(~repeated).groupby([_number_combinations(customer[rows], month), part]).any().to_numpy(dtype=bool)
    equal = _find_keys_in_several_parts(
        _number_combinations(per_month["month"].to_numpy(), per_month["sum"].to_numpy()), per_month["part"].to_numpy()
    )
    equal &= lines
    if repeated.any() or equal.any():
        places = set(part[repeated].tolist()) | set(per_month["part"].to_numpy()[equal].tolist())
        _warn_of_overlap(sheet, int(repeated.sum()), int(equal.sum()) // 2, sorted(places))


def _number_combinations(*columns: Whole) -> Whole:
    """Return a number for each row, equal for rows that are equal in every column."""
    key = pd.factorize(columns[0])[0].astype(np.int64)
    for column in columns[1:]:
        codes, words = pd.factorize(column)
        key = pd.factorize(key * (len(words) + 1) + codes)[0].astype(np.int64)
    return key


def _find_keys_in_several_parts(key: Whole, part: Whole) -> Mask:
    """Return the rows whose key stands in several parts."""
    pairs = pd.DataFrame({"key": key, "part": part}).drop_duplicates()
    counts = np.bincount(pairs["key"].to_numpy(), minlength=int(key.max(initial=0)) + 1)
    several: Mask = counts[key] > 1
    return several


def _warn_of_overlap(sheet: Sheet, repeated: int, equal: int, places: list[int]) -> None:
    names = short_names([part.source for part in sheet.raw.parts])
    named = [names[place] for place in places]
    shown_ja, shown_en = "・".join(named[:3]), ", ".join(named[:3])
    more = len(named) > 3
    found_ja = [f"同じ顧客・日付・金額の行が{repeated:,}行"] * bool(repeated)
    found_ja += [f"同じ顧客・月で合計が等しいものが{equal:,}組"] * bool(equal)
    found_en = [f"{repeated:,} rows of one customer, day and amount"] * bool(repeated)
    found_en += [f"{equal:,} months of a customer with equal sums"] * bool(equal)
    reason = Text(
        f"シートやファイルの間で取引が重なっているおそれがあります: {'、'.join(found_ja)}({shown_ja}{'ほか' * more})。"
        "取引IDがないのですべて使いました。二重であれば片方を外してください",
        f"Sheets or files may hold the same orders: {' and '.join(found_en)} ({shown_en}{' …' * more}). Without order IDs all were used; "
        "take one out if they are double",
    )
    sheet.say("warning", "overlapping_sources", None, None, None, reason)
