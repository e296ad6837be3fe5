"""Amounts with and without tax side by side: sales are net of tax, and what could not be is said.

Decision 0284: which of several amounts is the sale.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.language.errors import Text
from engine.language.months import plain_title
from engine.reading.columns import bind
from engine.reading.shapes.vocabulary import mentions_any, shape_words
from engine.reading.shapes.work import DIGITS, Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.reading.raw import RawTable

_GROSS: Final = shape_words("headers", "gross")
_NET: Final = shape_words("headers", "net")
_TAX: Final = shape_words("headers", "tax")
_KEYS: Final = {"orders": "amount", "customers": "sales"}


def net_amounts(work: Work) -> RawTable:
    """Return the table with the column that is net of tax as its amounts, and say which was used where tax is spoken of.

    A column named as net goes before one that says nothing, that before one with tax. An amount with tax beside the tax
    itself gives the net amount exactly. Where there is nothing but an amount with tax, it is used with a warning: a rate
    of 10 % or 8 % is never guessed.
    """
    raw, key = work.raw, _KEYS.get(work.raw.name)
    if key is None or key in raw.mapping:
        return raw
    candidates = [at for at, text in enumerate(raw.header) if text and key in bind(raw.name, [text]).fields]
    candidates = [at for at in candidates if len(candidates) == 1 or work.holds(at).any()]
    taxed = [at for at in candidates if mentions_any(raw.header[at], _GROSS)]
    taxes = [at for at, text in enumerate(raw.header) if plain_title(text).split("(")[0] in _TAX]
    if not candidates or not (taxed or taxes or any(mentions_any(raw.header[at], _NET) for at in candidates)):
        warn_of_tax_above(work, [])
        return raw
    net = [at for at in candidates if mentions_any(raw.header[at], _NET)]
    bare = [at for at in candidates if at not in net and at not in taxed]
    if net or bare:
        return _use_net_column(work, key, (net or bare)[0], candidates, taxes)
    return _use_gross_column(work, key, taxed[0], taxes)


def warn_of_tax_above(work: Work, labels: Sequence[str]) -> None:
    """Warn where a title above the table, or the months' own headers, say that its amounts include tax."""
    texts = [*(text for row in work.raw.above for text in row if len(text) <= 60), *labels]
    told = next((text for text in texts if mentions_any(text, _GROSS)), None)
    if told is not None and not any(mentions_any(text, _NET) for text in texts):
        work.say(
            "warning", "tax_included",
            Text(
                f"「{told}」とあるので金額は税込です。税込のまま売上としました。税抜で見るには税抜の表を渡してください(税率は推測しません)",
                f'The amounts include tax ("{told}"); they were taken as sales as they are. For sales net of tax give a table of net '
                "amounts (the rate is never guessed)",
            ),
        )  # fmt: skip


def _use_net_column(work: Work, key: str, at: int, candidates: list[int], taxes: list[int]) -> RawTable:
    """Use a column that is net, or of which nothing is said; the tax beside it may tell that it holds tax after all."""
    raw, name = work.raw, work.raw.header[at]
    others = [raw.header[each] for each in (*candidates, *taxes) if each != at]
    if others:
        work.say(
            "note", "tax_columns",
            Text(
                f"売上には「{name}」を使いました(税抜を優先)。使わなかった列: {'・'.join(others)}",
                f'"{name}" was taken as sales (net of tax first); not used: {", ".join(others)}',
            ),
            column=name,
        )  # fmt: skip
    if len(candidates) == 1 and key in work.binding.fields:
        return raw
    return replace(raw, mapping={**raw.mapping, key: name})


def _use_gross_column(work: Work, key: str, at: int, taxes: list[int]) -> RawTable:
    """Take the tax off where it stands beside the amount on every row; else use the amount as it is, with a warning."""
    raw, name = work.raw, work.raw.header[at]
    gross, told = work.amounts(at)
    for tax_at in taxes:
        tax, known = work.amounts(tax_at)
        if told.any() and (known | ~told).all() and (np.abs(tax) <= np.abs(gross)).all():
            return _subtract_tax_column(work, key, at, tax_at)
    work.say(
        "warning", "tax_included",
        Text(
            f"金額の列が税込の「{name}」だけなので、税込のまま売上としました。税抜で見るには、税抜金額か消費税額の列を加えてください"
            "(税率は推測しません)",
            f'The only amounts include tax ("{name}"); they were taken as sales as they are. For sales net of tax add a column of net '
            "amounts or of the tax (its rate is never guessed)",
        ),
        column=name,
    )  # fmt: skip
    return raw if key in work.binding.fields else replace(raw, mapping={**raw.mapping, key: name})


def _subtract_tax_column(work: Work, key: str, at: int, tax_at: int) -> RawTable:
    raw = work.raw
    (gross, told), (tax, _) = work.amounts(at), work.amounts(tax_at)
    name, tax_name = raw.header[at], raw.header[tax_at]
    unit = work.binding.fields[key].unit if key in work.binding.fields else ""
    title = f"{name}-{tax_name}" + (f"({unit})" if unit and not mentions_any(unit, _GROSS) else "")
    net = gross - tax
    scale = 10**DIGITS
    cells = [int(value) // scale if value % scale == 0 else value / scale for value in net.tolist()]
    frame = raw.frame.copy(deep=False)
    frame.insert(
        frame.shape[1],
        title,
        pd.Series(
            [cell if is_told else None for cell, is_told in zip(cells, told.tolist(), strict=True)],
            dtype=object,
            index=frame.index,
        ),
        allow_duplicates=True,
    )
    work.say(
        "note", "tax_taken_off",
        Text(
            f"税込の「{name}」から「{tax_name}」を引いた税抜の金額を売上としました",
            f'Sales are "{name}" less "{tax_name}", that is net of tax',
        ),
        column=name,
    )  # fmt: skip
    return replace(raw, header=(*raw.header, title), frame=frame, mapping={**raw.mapping, key: title})
