"""The tables of `PORTFOLIO_MOVE`: matrix, list, causes and bridge, as rows below a header row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from addin.functions.spills import take_values_only
from engine.language import words
from engine.language.display import NOT_AVAILABLE
from engine.language.errors import Lang, Refusal, Text
from engine.runs.movement import Movement, Mover, bridge, movement, resolve_by
from engine.runs.movement.effects import Effects, effects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.scoring.portfolio import Portfolio

Rows = list[list[object]]

CORNER: Final = Text("前回＼今回", "From \\ To")
TOTAL: Final = Text("合計", "Total")
LIST: Final = (
    Text("顧客ID", "Customer ID"),
    Text("顧客名", "Name"),
    Text("前回", "Before"),
    Text("今回", "Now"),
    Text("総合点", "Total score"),
    Text("前回差", "Change"),
    Text("主因", "Main reason"),
)
CAUSE: Final = Text("要因", "Cause")
NOBODY: Final = Text("異動した顧客はありません", "nobody moved")
EFFECTS: Final = (
    Text("前回", "Before"),
    Text("データの影響", "Effect of the data"),
    Text("定義の影響", "Effect of the definition"),
    Text("プログラムの影響", "Effect of the program"),
    Text("今回", "Now"),
)
GROUP: Final = Text("区分", "Group")
BRIDGE: Final = (Text("項目", "Item"), Text("社数", "Customers"), Text("売上", "Sales"))
START: Final = Text("期首の稼働顧客", "Active at the start")
NEW: Final = Text("新規", "New")
RETURNED: Final = Text("復帰", "Returned")
LEFT: Final = Text("離脱", "Left")
GROWN: Final = Text("継続顧客の増減", "Change of those that stayed")
END: Final = Text("期末の稼働顧客", "Active at the end")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the words of the style ask for: forms, scheme or axis, sales in the place of counts, no header."""

    forms: frozenset[str] = frozenset()
    by: str = "standard"
    in_sales: bool = False
    plain: bool = False


def wanted(chosen: Sequence[str], portfolio: Portfolio) -> Wanted:
    """Return what the words of a style mean.

    Raises
    ------
    Refusal
        `argument` for a word that is neither a form, nor a scheme or axis, nor 売上 or 値のみ.
    """
    plain, others = take_values_only(chosen)
    forms, by, in_sales = set[str](), "standard", False
    for word in others:
        found = words.find("moves", word)
        if found is not None:
            forms.add(found)
        elif words.find("measures", word) == "sales":
            in_sales = True
        elif words.find("measures", word) != "customers":
            by = _resolve_movement_grouping(word, portfolio)
    return Wanted(frozenset(forms), by, in_sales, plain)


def _resolve_movement_grouping(word: str, portfolio: Portfolio) -> str:
    try:
        return resolve_by(portfolio, word)
    except Refusal as refusal:
        forms = [words.text("moves", code) for code in words.codes("moves")]
        raise Refusal(
            "argument",
            f"形式「{word}」は使えません(使える語: {'・'.join(each.ja for each in forms)}・売上・値のみ・分類か軸)",
            f'the style "{word}" is not known (use: {", ".join(each.en for each in forms)}, Sales, Values only, '
            "a scheme or an axis)",
        ) from refusal


def rows(before: Portfolio, after: Portfolio, asked: Wanted, lang: Lang) -> Rows:
    """Return the table that was asked for; money in whole units of the currency.

    一覧 with 要因 is the list with the cause of each move.
    """
    unit = 10**after.digits
    if "bridge" in asked.forms:
        return _write_movement_bridge(before, after, unit, lang)
    if asked.forms >= {"list", "causes"}:
        causes = effects(before, after, asked.by)
        return _write_mover_list(causes.movers, causes, lang, with_cause=True)
    if "causes" in asked.forms:
        return _write_effect_rows(effects(before, after, asked.by), unit if asked.in_sales else 0, lang)
    key = ("movement", before.hash, before.tables.kept, asked.by)
    found = after.once(key, lambda: movement(before, after, asked.by))
    if "list" in asked.forms:
        return _write_mover_list(found.movers, found, lang)
    return _write_movement_matrix(found, unit if asked.in_sales else 0, lang)


def _write_movement_matrix(found: Movement, unit: int, lang: Lang) -> Rows:
    """Return groups before as rows and groups now as columns, with totals; `unit` 0 counts customers.

    Sales are those of the earlier run; of customers that appeared, those of the later one.
    """
    cells = found.counts
    if unit:
        cells = found.sales_before.copy()
        cells[-1] = found.sales_after[-1]
    columns = [found.word(code).to(lang) for code in found.columns()]
    table: Rows = [[CORNER.to(lang), *columns, TOTAL.to(lang)]]
    for code, line in zip(found.rows(), cells, strict=True):
        table.append(
            [found.word(code).to(lang), *(_convert_to_whole_units(int(each), unit) for each in (*line, line.sum()))]
        )
    sums = cells.sum(axis=0)
    return [*table, [TOTAL.to(lang), *(_convert_to_whole_units(int(each), unit) for each in (*sums, sums.sum()))]]


def _convert_to_whole_units(amount: float, unit: int) -> float:
    """Return an amount in whole units of the currency, a count as it is."""
    return amount / unit if unit > 1 else amount


def _write_mover_list(
    movers: Sequence[Mover], found: Movement | Effects, lang: Lang, *, with_cause: bool = False
) -> Rows:
    header: list[object] = [text.to(lang) for text in (*LIST, *([CAUSE] if with_cause else []))]
    if not movers:
        return [header, [NOBODY.to(lang), *[""] * (len(header) - 1)]]
    lines = [_write_mover_row(mover, found, lang) for mover in movers]
    if with_cause:
        lines = [
            [*line, words.label("move_causes", each.cause, lang)] for line, each in zip(lines, movers, strict=True)
        ]
    return [header, *lines]


def _write_mover_row(mover: Mover, found: Movement | Effects, lang: Lang) -> list[object]:
    groups = [found.word(code).to(lang) for code in (mover.before, mover.after)]
    score, change = (NOT_AVAILABLE.to(lang) if each is None else each for each in (mover.score, mover.change))
    return [mover.customer_id, mover.name, *groups, score, change, mover.reason.to(lang)]


def _write_effect_rows(found: Effects, unit: int, lang: Lang) -> Rows:
    """Return old, the effects and new per group; the program's effect only where there is one."""
    parts = found.sales if unit else (found.old, found.data, found.definition, found.program, found.new)
    kept = [place for place in range(len(parts)) if place != 3 or parts[place].any()]
    table: Rows = [[GROUP.to(lang), *(EFFECTS[place].to(lang) for place in kept)]]
    for row, code in enumerate(found.groups):
        table.append(
            [found.word(code).to(lang), *(_convert_to_whole_units(float(parts[place][row]), unit) for place in kept)]
        )
    return [*table, [TOTAL.to(lang), *(_convert_to_whole_units(float(parts[place].sum()), unit) for place in kept)]]


def _write_movement_bridge(before: Portfolio, after: Portfolio, unit: int, lang: Lang) -> Rows:
    found = bridge(before, after)
    left = (-found.left[0], -found.left[1])
    steps: list[tuple[Text, tuple[int, int]]] = [
        (START, found.start),
        (NEW, found.new),
        (RETURNED, found.returned),
        (LEFT, left),
        (GROWN, (0, found.grown)),
        (END, found.end),
    ]
    header: list[object] = [text.to(lang) for text in BRIDGE]
    return [header, *([text.to(lang), count, _convert_to_whole_units(sales, unit)] for text, (count, sales) in steps)]
