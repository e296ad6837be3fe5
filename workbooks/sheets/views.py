"""The sheets セグメント, 説明 and 状態: what the worksheet functions say about the whole portfolio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language.errors import Text
from engine.language.words import codes, text
from workbooks.sheets.movement import run_before
from workbooks.sheets.output_sheet import LEFT, TOP, begin, heading
from workbooks.style.formulas import Ref
from workbooks.style.look import COLOURS

if TYPE_CHECKING:
    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.formulas import Pen
    from workbooks.style.look import Kind

SUMMARIES: Final = ("segment", "industry", "region", "size", "owner", "channel", "state")
ROOM: Final = {"segment": 10, "industry": 25, "region": 15, "size": 10, "owner": 25, "channel": 12, "state": 8}
SPARE: Final = {"segment": 2, "industry": 6, "region": 4, "size": 4, "owner": 6, "channel": 4, "state": 2}
MEASURE_KINDS: Final[dict[str, Kind]] = {
    "customers": "number", "sales": "money", "share": "share", "previous": "money", "share_change": "decimal",
    "gross_profit": "money", "margin_rate": "rate", "score": "score", "risk": "score",
}  # fmt: skip
MEASURES: Final = ",".join(text("measures", code).ja for code in MEASURE_KINDS)
EXPLAINED: Final[tuple[Kind, ...]] = ("text", "text", "text", "score", "decimal", "decimal")
AXES: Final = ("total", "value", "continuity", "growth", "risk")


def write_segments(stage: Stage) -> None:
    """Add セグメント: the summary by segment, industry, region and more."""
    note = Text(
        "売上・粗利は直近12か月(円)。四捨五入のため合計が一致しないことがあります。",
        "Sales and gross profit of 12 months (yen); totals may differ by rounding.",
    )
    pen = begin(stage, "セグメント", Text("セグメント", "Segments"), note, (20, 8, 16, 10, 16, 11, 15, 10, 10, 10))
    row = TOP
    for by in SUMMARIES:
        word = text("dimensions", by)
        row = heading(pen, row, 10, Text(f"{word.ja}別", f"By {word.en.lower()}"))
        formula = stage.ask("PORTFOLIO_SUMMARY", word.ja, MEASURES, room=(ROOM[by] + 1, 10))
        # Below stays room to grow: a spreadsheet that spills would else refuse to show one more group.
        row = pen.spread(row, LEFT, formula, ["text", *MEASURE_KINDS.values()], header=True) + SPARE[by]


def write_explanation(stage: Stage) -> None:
    """Add 説明: why one chosen customer has its scores, line by line."""
    note = Text(
        "顧客名のセルで顧客を選べます。寄与の合計が点数です。", "Choose a customer; the contributions sum to the score."
    )
    pen = begin(stage, "説明", Text("説明", "Explanation"), note, (26, 18, 44, 10, 10, 10))
    if not stage.empty:
        run_before(stage)  # 前回差 is against the run before: it must be there, whatever was asked first
    first = "" if stage.empty else str(stage.sample.sheets["customers"].column("name")[0])
    chosen = stage.looks.make(
        bold=True, font_size=12, bg_color=COLOURS["input"], border=1, border_color=COLOURS["rule"]
    )
    pen.sheet.write_string(TOP, LEFT, "顧客名", stage.looks.label)
    pen.sheet.merge_range(TOP, LEFT + 1, TOP, LEFT + 2, first, chosen)
    pen.sheet.data_validation(TOP, LEFT + 1, TOP, LEFT + 1, {"validate": "list", "source": stage.names()})
    customer = Ref(f"$C${TOP + 1}", first)
    row = TOP + 2
    for axis in AXES:
        word = text("axes", axis)
        row = heading(pen, row, 6, word, block=(row + 2, LEFT))
        _write_axis_verdict(pen, row, stage, customer, axis)
        formula = stage.ask("PORTFOLIO_EXPLAIN", customer, word.ja, "表", room=(9, 6), when=f'{customer.text}<>""')
        row = pen.spread(row + 1, LEFT, formula, EXPLAINED, header=True, wrap=True) + 1


def _write_axis_verdict(pen: Pen, row: int, stage: Stage, customer: Ref, axis: str) -> None:
    """Write score and level of one axis; the total has no level."""
    word = text("axes", axis).ja
    pen.sheet.write_string(row, LEFT, "点数・判定", stage.looks.label)
    chosen = f'{customer.text}<>""'
    score = stage.ask("PORTFOLIO_SCORE", customer, word, when=chosen)
    pen.one(row, LEFT + 1, score, "score", bold=True, font_color=COLOURS["accent"], align="left", indent=1)
    total = axis == "total"
    level = stage.ask(
        "PORTFOLIO_STRATEGY" if total else "PORTFOLIO_LEVEL", customer, *([] if total else [word]), when=chosen
    )
    pen.one(row, LEFT + 2, level, "text", bold=True, font_color=COLOURS["accent"])


def write_status(stage: Stage) -> None:
    """Add 状態: which run, how fresh, how complete."""
    note = Text(
        "この実行がいつの、どのデータと定義によるものか。",
        "When, from which data and by which definition the run was made.",
    )
    pen = begin(stage, "状態", Text("状態", "Status"), note, (18, 70))
    tell_status(stage, pen, TOP)


def tell_status(stage: Stage, pen: Pen, row: int) -> int:
    """Write every item of the run's state, one below the other, and return the row below."""
    for down, item in enumerate(codes("status"), start=row):
        word = text("status", item)
        pen.sheet.write_string(down, LEFT, word.ja, stage.looks.label)
        formula = stage.ask("PORTFOLIO_STATUS", Ref(f"$B{down + 1}", word.ja))
        pen.one(down, LEFT + 1, formula, "date" if item == "as_of" else "text", align="left", indent=1)
    return row + len(codes("status"))
