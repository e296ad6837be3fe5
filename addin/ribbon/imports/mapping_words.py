"""The words of the sheet 取り込みの対応, by which what stands on it is found again, and the place of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language.errors import Text
from engine.reading.columns import table_text

if TYPE_CHECKING:
    from engine.language.dates import DateOrder

MAPPING_MARK: Final = "PF_MAPPING"
MAPPING_SHEET: Final = Text("取り込みの対応", "Import mapping")
STATE: Final = Text("状態", "State")
OPEN: Final = Text("未取り込み", "not imported yet")
IMPORTED: Final = Text("取り込み済み", "imported")
FILE: Final = Text("ファイル", "File")
SOURCE: Final = Text("取り込み元", "Source")
TABLE: Final = Text("表", "Table")
ORDER: Final = Text("日付の並び", "Order of dates")
WHERE: Final = Text("絞り込み(この条件の行だけ)", "Filter (only these rows)")
ORDERS: Final[dict[DateOrder, Text]] = {
    "": Text("自動", "automatic"),
    "mdy": Text("月が先(12/31/2026)", "month first (12/31/2026)"),
    "dmy": Text("日が先(31/12/2026)", "day first (31/12/2026)"),
}
VALUE, SAMPLE, VALUES, HEADERS = 2, 3, 4, 7  # columns of the sheet that are read, from 0


def of_table(table: str) -> Text:
    """Return the heading of the columns of a table: it tells for which table they are listed."""
    title = table_text(table)
    return Text(f"「{title.ja}」の列", f"Columns of {title.en}")
