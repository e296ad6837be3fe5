"""Number formats of the sheets that the buttons make: minus is △, as Japanese offices write it."""

from __future__ import annotations

from typing import Final

COUNT: Final = '#,##0;"△"#,##0'
RATE: Final = '0.0%;"△"0.0%'
SCORE: Final = '0.0;"△"0.0'
DECIMAL: Final = '#,##0.00;"△"#,##0.00'
DATE: Final = "yyyy/mm/dd"
# A column that holds amounts in one row and shares in another: thousands are separated, small numbers stay as they are.
VARIOUS: Final = '[>=1000]#,##0;[<=-1000]"△"#,##0;General'


def money_format(digits: int) -> str:
    """Return the format of amounts in a currency whose minor unit has so many digits.

    >>> money_format(0)
    '#,##0;"△"#,##0'
    """
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return f'{pattern};"△"{pattern}'


def format_of(unit: str, digits: int) -> str:
    """Return the format of a unit of the metric dictionary (money, rate, days, count, ratio, score, date); "" for text."""
    by_unit = {"money": money_format(digits), "rate": RATE, "days": COUNT, "count": COUNT, "ratio": DECIMAL}
    return {**by_unit, "score": SCORE, "date": DATE}.get(unit, "")
