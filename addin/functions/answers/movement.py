"""What moved between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.functions import helps, movement_tables
from addin.functions.cells import words_of
from addin.functions.lookup import view_of
from addin.functions.registry import Help, worksheet_function
from engine.language.errors import Text
from engine.runs import runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Cell
    from addin.functions.registry import Caller

FROM_RUN: Final = Help(
    "run",
    Text("前の実行", "from_run"),
    Text(
        "比べる前の実行のID。省略時は、保存済みか開いている実行のうち、同じ顧客の、基準日が前で最も新しいもの",
        "Handle of the earlier run; when left out, the newest run of the same customers with an earlier as-of date",
    ),
)
TO_RUN: Final = Help(
    "run",
    Text("後の実行", "to_run"),
    Text(
        "比べる後の実行のID。省略時はこのブックの PF_RUN",
        "Handle of the later run; this workbook's PF_RUN when left out",
    ),
)
STYLE: Final = Help(
    "words",
    Text("形式", "style"),
    Text(
        "行列(既定)・一覧・要因・増減。「一覧,要因」は異動ごとの要因。分類か軸の語(既定は標準)、売上、値のみ を「,」で加えられる",
        "Matrix (default), List, Causes, Bridge; List and Causes together tell the cause of each move. Add a scheme or axis, "
        "Sales, Values only, with commas",
    ),
)


@worksheet_function(
    category=helps.WHOLE_GROUP,
    ja="2つの実行の間の異動を返します。行列(既定)、一覧(異動した顧客と主因)、要因(データの変化と定義の変更を分ける)、増減。",
    en="Returns what moved between two runs: Matrix (default), List of customers with the main reason, Causes (data and "
    "definition apart), or Bridge.",
    arguments={"from_run": FROM_RUN, "to_run": TO_RUN, "style": STYLE},
)
def PORTFOLIO_MOVE(  # noqa: N802
    from_run: Cell = None, to_run: Cell = None, style: Sequence[Cell] = (), *, caller: Caller
) -> object:
    """Return the movement between two runs as a table, header first."""
    after = view_of(to_run, caller).portfolio
    before = runs.review_before(after) if from_run is None else view_of(from_run, caller).portfolio
    wanted = movement_tables.wanted(words_of(style), after)
    rows = movement_tables.rows(before, after, wanted, caller.lang)
    return rows[1:] if wanted.plain else rows
