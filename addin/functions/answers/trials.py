"""What if: a customer lost, values changed, hours allotted."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from addin.functions import helps, spills
from addin.functions.cells import words_of
from addin.functions.lookup import customer_text, view_of
from addin.functions.registry import Help, worksheet_function
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Block, Cell
    from addin.functions.registry import Caller
    from engine.language.errors import Lang
    from engine.planning.allocation import Allocation
    from engine.planning.what_if.changes import Change
    from engine.planning.what_if.result import Trial
    from engine.scoring.portfolio import Portfolio

TRIALS_GROUP: Final = Text("顧客ポートフォリオ: 試算", "Customer portfolio: what if")
LOST: Final = Help(
    "names",
    Text("失う顧客", "customers"),
    Text(
        "失うと仮定する顧客のIDか名前。範囲なら全社を同時に失う",
        "ID or name of the customer that is lost; a range is lost all at once",
    ),
)
RECOVERY: Final = Help(
    "number",
    Text("回復率", "recovery"),
    Text(
        "失う売上のうち残る顧客が取り戻す割合(0〜1、省略時は0)。今の売上に比例して配る",
        "Share of the lost sales that the others win back in proportion to their sales (0 to 1; 0 when left out)",
    ),
)
CHANGES: Final = Help(
    "table",
    Text("変更表", "changes"),
    Text(
        "対象・項目・変更の3列。対象は顧客・業界=製造・全体・定義、変更は新しい値か '+10%・'×1.1・'+500万",
        "Columns target, item, change: a customer, a group (Industry=IT), Everyone or Definition; a new value, '+10%, '×1.1 or '+5000",
    ),
)
HOURS: Final = Help(
    "number",
    Text("時間", "hours"),
    Text("1年間に顧客へ配る時間の合計", "Hours of a year that are to be allotted to the customers"),
)
OBJECTIVE: Final = Help(
    "words",
    Text("目的", "objective"),
    Text(
        "粗利(既定)・売上・リスク低減。「値のみ」を加えると見出しなし",
        'Gross profit (default), Sales or Lower risk; "Values only" drops the header',
    ),
)

ITEM: Final = Text("指標", "Measure")
DIFFERENCE: Final = (Text("差", "Difference"), Text("判定変化", "Verdict"))
NOW: Final = Text("現在", "Now")
LATER: Final = {"lost": Text("失注後", "After the loss"), "changed": Text("変更後", "After the change")}
COLUMNS: Final = (
    ("target", Text("対象", "target")),
    ("item", Text("項目", "item")),
    ("change", Text("変更", "change")),
)
ALLOTTED: Final = (
    Text("顧客", "Customer"),
    Text("現在h", "Hours now"),
    Text("推奨h", "Hours recommended"),
    Text("差", "Difference"),
    Text("限界粗利", "Marginal gross profit"),
)
MARGINAL: Final = {
    "gross_profit": ALLOTTED[-1],
    "sales": Text("限界売上", "Marginal sales"),
    "risk": Text("限界低減額", "Marginal loss averted"),
}
TOTAL: Final = Text("合計(1時間の価値)", "Total (value of an hour)")


@worksheet_function(
    category=TRIALS_GROUP,
    ja="顧客を失った場合の売上・粗利・集中度・検査結果の変化を表(指標・現在・失注後・差・判定変化)で返します。",
    en="Returns what changes when customers are lost: measure, now, after the loss, difference, verdict.",
    arguments={"customers": LOST, "recovery": RECOVERY, "run": helps.RUN},
)
def PORTFOLIO_IF_LOST(  # noqa: N802
    customers: Cell | Block, recovery: Cell = None, run: Cell = None, *, caller: Caller
) -> object:
    """Return one row per measure below a header row; see `engine.planning.what_if.if_lost`."""
    from engine.planning.what_if import if_lost  # late: only cells that ask for it wait

    view = view_of(run, caller)
    cells = chain.from_iterable(customers) if isinstance(customers, list) else [customers]
    names = [name for name in map(customer_text, cells) if name]
    if not names:
        raise Refusal("argument", "失う顧客を指定してください", "name the customers that are lost")
    trial = if_lost(view.portfolio, names, 0 if recovery is None else recovery)
    return trial_rows(view.portfolio, trial, LATER["lost"], caller.lang)


@worksheet_function(
    category=TRIALS_GROUP,
    ja="値や定義を変えた場合の変化を表(指標・現在・変更後・差・判定変化)で返します。変更は上から順に適用します。",
    en="Returns what changes when values or the definition change: measure, now, after the change, difference, verdict.",
    arguments={"changes": CHANGES, "run": helps.RUN},
)
def PORTFOLIO_WHATIF(changes: Block, run: Cell = None, *, caller: Caller) -> object:  # noqa: N802
    """Return one row per measure below a header row; see `engine.planning.what_if.what_if`."""
    from engine.planning.what_if import what_if  # late: only cells that ask for it wait

    view = view_of(run, caller)
    trial = what_if(view.portfolio, _read_change_rows(changes))
    return trial_rows(view.portfolio, trial, LATER["changed"], caller.lang)


def _read_change_rows(block: Block) -> list[Change]:
    """Return the rows of a range as changes; a header row in any order of columns may stand on top, blank rows are passed over."""
    from engine.planning.what_if.changes import Change

    places = change_columns(block[0])
    first = 0 if places is None else 1
    if places is None:
        places = (0, 1, 2)
        if len(block[0]) < len(places):
            raise Refusal(
                "argument", "対象・項目・変更の3列を渡してください", "give three columns: target, item, change"
            )
    found = []
    for number, row in enumerate(block[first:], start=first + 1):
        target, item, change = (row[place] for place in places)
        if any(cell is not None for cell in (target, item, change)):
            found.append(Change(customer_text(target), customer_text(item), change, number))
    return found


def change_columns(header: Sequence[object]) -> tuple[int, int, int] | None:
    """Return the columns of target, item and change where the row is a header, else None."""
    spoken = [words.normalise(str(cell or "")) for cell in header]
    places = [
        next((at for at, word in enumerate(spoken) if word in (code, *map(words.normalise, text))), None)
        for code, text in COLUMNS
    ]
    target, item, change = places
    return None if target is None or item is None or change is None else (target, item, change)


def trial_rows(portfolio: Portfolio, trial: Trial, later: Text, lang: Lang) -> list[list[object]]:
    """Return a what-if as rows below a header row, as cells and the button show it; money in whole units."""
    rows: list[list[object]] = [[text.to(lang) for text in (ITEM, NOW, later, *DIFFERENCE)]]
    for row in trial.rows:
        divisor = 10**portfolio.digits if row.unit == "money" else 1
        sides = [spills.trial_figure(value, divisor, lang) for value in (row.now, row.then)]
        told = isinstance(row.now, Text) or isinstance(row.then, Text)
        delta = "" if told and row.delta is None else spills.trial_figure(row.delta, divisor, lang)
        rows.append([row.item.to(lang), *sides, delta, _guard_verdict_plus(row.verdict.to(lang))])
    return rows


def _guard_verdict_plus(text: str) -> str:
    """Return a verdict with a full-width plus: a half-width one in front would be taken for a formula's beginning."""
    return f"＋{text[1:]}" if text.startswith("+") else text


@worksheet_function(
    category=TRIALS_GROUP,
    ja="時間の配分を最適化し、表(顧客・現在h・推奨h・差・限界粗利)で返します。最後の行は合計と、1時間増えた場合の価値です。",
    en="Allots hours where they bring most: customer, hours now, recommended, difference, marginal gross profit. "
    "The last row holds totals and what one more hour is worth.",
    arguments={"hours": HOURS, "objective": OBJECTIVE, "run": helps.RUN},
)
def PORTFOLIO_ALLOCATE(  # noqa: N802
    hours: float, objective: Sequence[Cell] = (), run: Cell = None, *, caller: Caller
) -> object:
    """Return one row per customer, most additional hours first; see `engine.planning.allocation.allocate`."""
    from engine.planning.allocation import allocate  # late: only cells that ask for it wait

    view = view_of(run, caller)
    plain, chosen = spills.take_values_only(words_of(objective))
    if len(chosen) > 1:
        raise Refusal("argument", "目的は1つだけ指定してください", "give one objective only")
    code = words.resolve("objectives", chosen[0], Text("目的", "objective")) if chosen else None
    found = allocate(view.portfolio, hours, code)
    rows = allotted_rows(view.portfolio, found, caller.lang)
    return rows[1:] if plain else rows


def allotted_rows(portfolio: Portfolio, found: Allocation, lang: Lang) -> list[list[object]]:
    """Return an allocation as rows below a header row, most additional hours first, the total last."""
    none, divisor = NOT_AVAILABLE.to(lang), 10**portfolio.digits
    names = portfolio.frame["name"].tolist()
    given, marginal = found.hours.tolist(), (found.marginal / divisor).tolist()
    now = None if found.current is None else found.current.tolist()
    header = (*ALLOTTED[:-1], MARGINAL[found.objective])
    rows: list[list[object]] = [[text.to(lang) for text in header]]
    for at in found.order.tolist():
        before, change = (none, none) if now is None else (now[at], given[at] - now[at])
        rows.append([names[at], before, given[at], change, marginal[at]])
    whole = float(found.hours.sum())
    before, change = (none, none) if now is None else (sum(now), whole - sum(now))
    rows.append([TOTAL.to(lang), before, whole, change, found.price / divisor])
    return rows
