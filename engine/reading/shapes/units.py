"""A unit that stands above a table, 単位:千円, given to its columns of amounts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from engine.language.amounts import unit_of
from engine.language.errors import Text
from engine.language.months import plain_title

if TYPE_CHECKING:
    from engine.reading.raw import RawTable
    from engine.reading.shapes.work import Work

_UNIT: Final = re.compile(
    r"(?:\(|\[|^| )(?:金額)?単位 ?:? ?(?P<u>[^()\[\]、, 0-9]{1,6})|"
    r"(?:^|[(\[])(?:unit|in)s? ?:? (?P<e>[a-z]{1,10}(?: [a-z]{1,8})?)[)\]]?$|^[(\[](?P<b>[千百十万億]+円)[)\]]$"
)


def unit_above(raw: RawTable) -> str:
    """Return the unit of money that the rows above the header name, such as 千円; "" where they name none or several."""
    found = set()
    for row in raw.above:
        for text in row:
            for match in _UNIT.finditer(plain_title(text)) if 0 < len(text) <= 40 else ():
                unit = (match["u"] or match["e"] or match["b"]).strip()
                if unit_of(unit) != (0, ""):
                    found.add(unit)
    return found.pop() if len(found) == 1 else ""


def with_unit(work: Work) -> RawTable:
    """Return the table with the unit above it written into the headers of its amounts, where they name none themselves."""
    raw, unit = work.raw, unit_above(work.raw) if work.raw.above else ""
    if not unit or unit_of(unit)[0] == 0:
        return raw
    places = [at for at in work.money() if not any(each.unit for each in work.binding.fields.values() if at in each.at)]
    if not places:
        return raw
    renamed = {raw.header[at]: f"{raw.header[at]}({unit})" for at in places}
    header = tuple(renamed[text] if at in places else text for at, text in enumerate(raw.header))
    frame = raw.frame.copy(deep=False)
    frame.columns = pd.Index(header, dtype=object)
    names = list(renamed)
    work.say(
        "note", "unit_above",
        Text(
            f"表の上の「単位: {unit}」を「{'・'.join(names)}」の単位としました",
            f"The unit above the table ({unit}) was taken for: {', '.join(names)}",
        ),
    )  # fmt: skip
    mapping = {key: renamed.get(name, name) for key, name in raw.mapping.items()}
    return replace(raw, header=header, frame=frame, mapping=mapping)
