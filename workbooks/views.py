"""The sheets 集中リスク, セグメント, 説明 and 状態: what the worksheet functions say about the whole portfolio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.errors import Text
from engine.words import codes, text
from workbooks.formulas import Ref, ask
from workbooks.look import COLOURS
from workbooks.stage import LEFT, TOP, begin, heading

if TYPE_CHECKING:
    from workbooks.formulas import Pen
    from workbooks.look import Kind
    from workbooks.stage import Stage

__all__ = ["write_concentration", "write_explanation", "write_segments", "write_status"]

INDEX_KINDS: Final[dict[str, Kind]] = {
    "hhi": "number", "cr1": "share", "cr3": "share", "cr5": "share", "effective_number": "decimal",
    "entropy": "decimal", "gini": "decimal", "customers_80": "number",
}  # fmt: skip
INDEX_NOTES: Final = {
    "hhi": "構成比(%)の2乗和。0–10,000。1,500以上は中、2,500以上は高",
    "cr1": "最大の1つが占める割合",
    "cr3": "上位3つが占める割合",
    "cr5": "上位5つが占める割合",
    "effective_number": "同じ規模が何社ある場合に相当するか(1÷構成比の2乗和)",
    "entropy": "0–1。1に近いほど均等",
    "gini": "0–1。1に近いほど偏り",
    "customers_80": "売上の80%に達するまでの数",
}
BY: Final = ("customer", "industry", "region")
SUMMARIES: Final = ("segment", "industry", "region", "size", "owner", "channel", "state")
MEASURE_KINDS: Final[dict[str, Kind]] = {
    "customers": "number", "sales": "money", "share": "share", "previous": "money", "share_change": "decimal",
    "gross_profit": "money", "margin_rate": "rate", "score": "score", "risk": "score",
}  # fmt: skip
MEASURES: Final = ",".join(text("measures", code).ja for code in MEASURE_KINDS)
EXPLAINED: Final[tuple[Kind, ...]] = ("text", "text", "text", "score", "decimal", "decimal")
AXES: Final = ("total", "value", "continuity", "growth", "risk")


def write_concentration(stage: Stage) -> None:
    """Add 集中リスク: the dependence tests, then every index by every dimension."""
    note = Text(
        "しきい値は借り物の目安です(出典は設定シート)。",
        "Thresholds are borrowed; their sources are on the sheet 設定.",
    )
    pen = begin(stage, "集中リスク", Text("集中リスク", "Concentration risk"), note, (22, 30, 17, 13, 50, 46))
    row = heading(pen, TOP, 6, Text("依存・集中の判定", "Tests of dependence"))
    below = pen.spread(row, LEFT, ask("PORTFOLIO_ALERTS", run=stage.run), ["text"] * 6, header=True, wrap=True)
    verdicts = [text("verdicts", code).ja for code in ("severe", "warning", "caution")]
    pen.emphasise((row + 1, LEFT + 3, below - 1, LEFT + 3), verdicts)
    _indices(pen, heading(pen, below + 1, 5, Text("集中度の指標", "Indices of concentration")), stage)


def _indices(pen: Pen, row: int, stage: Stage) -> None:
    titles = ["指標", *(text("dimensions", by).ja for by in BY), "意味"]
    for at, title in enumerate(titles, start=LEFT):
        pen.sheet.write_string(row, at, title, stage.looks.header)
    for down, index in enumerate(codes("indices"), start=row + 1):
        name = text("indices", index).ja
        pen.sheet.write_string(down, LEFT, name, stage.looks.label)
        for at, by in enumerate(BY, start=LEFT + 1):
            index_ref = Ref(f"$B{down + 1}", name)
            by_ref = Ref(f"{_letter(at)}${row + 1}", text("dimensions", by).ja)
            pen.one(down, at, ask("PORTFOLIO_CONCENTRATION", index_ref, by_ref, run=stage.run), INDEX_KINDS[index])
        pen.sheet.write_string(down, LEFT + 1 + len(BY), INDEX_NOTES[index], stage.looks.cell("text"))


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
        formula = ask("PORTFOLIO_SUMMARY", word.ja, MEASURES, run=stage.run)
        row = pen.spread(row, LEFT, formula, ["text", *MEASURE_KINDS.values()], header=True) + 1


def write_explanation(stage: Stage) -> None:
    """Add 説明: why one chosen customer has its scores, line by line."""
    note = Text(
        "顧客名のセルで顧客を選べます。寄与の合計が点数です。", "Choose a customer; the contributions sum to the score."
    )
    pen = begin(stage, "説明", Text("説明", "Explanation"), note, (26, 18, 44, 10, 10, 10))
    names = stage.sample.sheets["customers"].column("name")
    chosen = stage.looks.make(
        bold=True, font_size=12, bg_color=COLOURS["input"], border=1, border_color=COLOURS["rule"]
    )
    pen.sheet.write_string(TOP, LEFT, "顧客名", stage.looks.label)
    pen.sheet.merge_range(TOP, LEFT + 1, TOP, LEFT + 2, names[0], chosen)
    source = f"=顧客!$B$2:$B${len(names) + 1}"
    pen.sheet.data_validation(TOP, LEFT + 1, TOP, LEFT + 1, {"validate": "list", "source": source})
    customer = Ref(f"$C${TOP + 1}", names[0])
    row = TOP + 2
    for axis in AXES:
        word = text("axes", axis)
        row = heading(pen, row, 6, word)
        _verdict(pen, row, stage, customer, axis)
        formula = ask("PORTFOLIO_EXPLAIN", customer, word.ja, "表", run=stage.run)
        row = pen.spread(row + 1, LEFT, formula, EXPLAINED, header=True, wrap=True) + 1


def _verdict(pen: Pen, row: int, stage: Stage, customer: Ref, axis: str) -> None:
    """Write score and level of one axis; the total has no level."""
    word = text("axes", axis).ja
    pen.sheet.write_string(row, LEFT, "点数・判定", stage.looks.label)
    score = ask("PORTFOLIO_SCORE", customer, word, run=stage.run)
    pen.one(row, LEFT + 1, score, "score", bold=True, font_color=COLOURS["accent"], align="left", indent=1)
    total = axis == "total"
    level = ask(
        "PORTFOLIO_STRATEGY" if total else "PORTFOLIO_LEVEL", customer, *([] if total else [word]), run=stage.run
    )
    pen.one(row, LEFT + 2, level, "text", bold=True, font_color=COLOURS["accent"])


def write_status(stage: Stage) -> None:
    """Add 状態: which run, how fresh, how complete."""
    note = Text(
        "この実行がいつの、どのデータと定義によるものか。",
        "When, from which data and by which definition the run was made.",
    )
    pen = begin(stage, "状態", Text("状態", "Status"), note, (18, 70))
    for down, item in enumerate(codes("status"), start=TOP):
        word = text("status", item)
        pen.sheet.write_string(down, LEFT, word.ja, stage.looks.label)
        pen.one(
            down,
            LEFT + 1,
            ask("PORTFOLIO_STATUS", Ref(f"$B{down + 1}", word.ja), run=stage.run),
            "date" if item == "as_of" else "text",
            text_wrap=True,
            align="left",
        )


def _letter(column: int) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column]
