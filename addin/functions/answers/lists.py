"""Lists of customers by name or by a filter."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from addin.functions import helps, spills
from addin.functions.cells import words_of
from addin.functions.lookup import view_of
from addin.functions.registry import Help, worksheet_function
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Cell
    from addin.functions.lookup import View
    from addin.functions.registry import Caller
    from engine.language.errors import Lang
    from engine.lists.listing import ListColumn

FILTER: Final = Help(
    "word",
    Text("条件", "filter"),
    Text(
        "一覧の名前(要対応・機会・ABM対象・重要顧客・休眠・期限超過・不一致・新規・復帰)か、"
        "「リスク=高 かつ 粗利>100万」のような条件。省略時は全顧客",
        "A list (Action needed, Opportunities, ABM targets, Key accounts, Dormant, Overdue customers, Disagreements, "
        "New customers …) or a condition such as risk = high and sales > 1000000",
    ),
)
SORT: Final = Help(
    "words",
    Text("並べ方", "sort"),
    Text(
        "指標か軸の語と 昇順・降順(例: 期待効果 降順)。「値のみ」を加えると見出しを除き、「IDのみ」は顧客IDの列だけ",
        "A metric or axis and Ascending or Descending; Values only drops the header, IDs only leaves just the IDs",
    ),
)
TOP: Final = Help(
    "number", Text("件数", "top"), Text("上から何件か(省略時はすべて)", "How many rows (all when left out)")
)

_IDS_ONLY: Final = frozenset(map(words.normalise, ("IDのみ", "IDだけ", "IDs only")))
_KEPT: Final = 16  # answered lists: a sheet asks for a few, and a row of a filter's variants must not fill the memory
_answered: OrderedDict[tuple[object, ...], list[list[object]]] = OrderedDict()


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="顧客の一覧を表で返します。一覧の名前(要対応・機会・休眠・不一致など)か、「リスク=高 かつ 粗利>100万」のような"
    "条件で絞り込み、並べ、件数を限ります。",
    en="Returns a list of customers: a named one (Action needed, Opportunities, Dormant, Disagreements and more) or a "
    "condition such as risk = high and sales > 1000000, sorted and cut to the top.",
    arguments={"filter": FILTER, "sort": SORT, "top": TOP, "run": helps.RUN},
)
def PORTFOLIO_LIST(  # noqa: N802
    filter: Cell = None,  # noqa: A002 - the argument's name in every sheet
    sort: Sequence[Cell] = (),
    top: float | None = None,
    run: Cell = None,
    *,
    caller: Caller,
) -> object:
    """Return one row per customer (or opportunity, or contradiction), with a header row.

    With IDのみ, the first column alone and no header: what the other functions take as a range of customers.
    """
    view = view_of(run, caller)
    plain, chosen = spills.take_values_only(words_of(sort))
    order = [word for word in chosen if words.normalise(word) not in _IDS_ONLY]
    bare, wanted = _strip_values_only("" if filter is None else str(filter))
    rows = _list_customer_rows(view, wanted, " ".join(order), _read_row_limit(top), caller.lang)
    if len(order) < len(chosen):
        return [row[:1] for row in rows[1:]] or [[""]]
    return rows[1:] if plain or bare else rows


def _strip_values_only(written: str) -> tuple[bool, str]:
    """Return whether a filter ends in the style 値のみ (`要対応、値のみ`), and the filter without it."""
    for separator in "、,，":
        head, found, tail = written.rpartition(separator)
        if found and spills.take_values_only([tail.strip()])[0]:
            return True, head.strip()
    return False, written.strip()


def _read_row_limit(top: float | None) -> int | None:
    if not top:  # some hosts hand an empty cell over as 0
        return None
    if not float(top).is_integer():
        raise Refusal("argument", f"件数は整数にしてください({top:g})", f"the number of rows must be whole ({top:g})")
    return int(top)


def _list_customer_rows(view: View, wanted: str, order: str, top: int | None, lang: Lang) -> list[list[object]]:
    key = (view.portfolio.hash, wanted, order, top, lang)
    rows = _answered.get(key)
    if rows is None:
        from engine.lists.listing import list_customers  # late: the first answer of a cell does not wait for it

        listing = list_customers(view.portfolio, wanted, order, top)
        header: list[object] = [column.name.to(lang) for column in listing.columns]
        cells = [_write_list_column(column, view.portfolio.digits, lang) for column in listing.columns]
        rows = _answered[key] = [header, *map(list, zip(*cells, strict=True))]
        while len(_answered) > _KEPT:
            _answered.popitem(last=False)
    return rows


def _write_list_column(column: ListColumn, digits: int, lang: Lang) -> list[object]:
    """Return a column as cells: money in whole currency units, yes and no as words, 算出不可 for an unknown figure.

    Numbers are floats, as a cell's are: a range of nothing but texts and floats goes to the host without a second look.
    """
    none = "" if column.unit == "text" else NOT_AVAILABLE.to(lang)
    if column.unit == "flag":
        said = {flag: words.label("answers", "yes" if flag else "no", lang) for flag in (True, False)}
        return [none if value is None else said[bool(value)] for value in column.values]
    if column.unit in ("text", "date"):
        return [
            none if value is None else value.to(lang) if isinstance(value, Text) else value for value in column.values
        ]
    divisor = 10**digits if column.unit == "money" else 1
    return [value / divisor if isinstance(value, (int, float)) else none for value in column.values]
