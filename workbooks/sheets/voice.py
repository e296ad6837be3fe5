"""The sheet 顧客の声: NPS, satisfaction, topics, contacts, and customers that nobody has spoken to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from engine.language.errors import Text
from workbooks.sheets.output_sheet import LEFT, TOP, begin, heading

if TYPE_CHECKING:
    from workbooks.sheets.output_sheet import Stage
    from workbooks.style.look import Kind

NAME: Final = "顧客の声"
WIDTHS: Final = (30, *(13,) * 9)


class Part(NamedTuple):
    """One block: its title, what is asked, the kinds of its columns, its room and the blank rows below it."""

    title: Text
    words: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: int
    spare: int


NPS: Final[tuple[Kind, ...]] = ("text", "decimal", "number", "decimal", "decimal", *("number",) * 4)
PARTS: Final = (
    Part(Text("NPS(全体)", "NPS"), ("NPS",), NPS, 2, 1),
    Part(Text("NPS(セグメント別)", "NPS by segment"), ("NPS", "セグメント"), NPS, 9, 3),
    Part(Text("顧客満足度(CSAT)", "Satisfaction (CSAT)"), ("CSAT",),
         ("text", "rate", "number", "rate", "rate", "decimal", "number", "number"), 12, 3),
    Part(Text("CSポートフォリオ(重要度×満足度)", "Importance and satisfaction"), ("CSポートフォリオ",),
         ("text", "decimal", "number", "decimal", "decimal", "decimal", "level", "text"), 12, 3),
    Part(Text("声の内訳(VOC)", "Topics (VOC)"), ("VOC",),
         ("text", "number", "share", *("number",) * 5, "date", "number"), 15, 4),
    Part(Text("接点の数(月あたり)", "Contacts per month"), ("接点",),
         ("text", "decimal", "number", "decimal", "decimal", "decimal", "decimal", "number"), 10, 4),
    Part(Text("接点が途絶えている顧客", "Silent customers"), ("沈黙",),
         ("text", "text", "date", "number", "money", "text"), 200, 0),
)  # fmt: skip


def write_voice(stage: Stage) -> None:
    """Add the sheet; the list of silent customers, which has no fixed end, stands last."""
    note = Text(
        "アンケートと接点から。nが小さいときは区間が広くなります。",
        "From surveys and contacts; a small n widens the interval.",
    )
    pen = begin(stage, NAME, Text(NAME, "Voice of the customer"), note, WIDTHS)
    row = TOP
    for part in PARTS:
        row = heading(pen, row, len(WIDTHS), part.title)
        formula = stage.ask("PORTFOLIO_VOICE", *part.words, room=(part.rows, len(part.kinds)))
        below = pen.spread(row, LEFT, formula, part.kinds, header=True)
        if part.words == ("CSポートフォリオ",):
            pen.emphasise((row + 1, LEFT + 6, below - 1, LEFT + 6), ["重点改善"])
        row = below + part.spare
    pen.sheet.print_area(0, 0, row - 1, len(WIDTHS))  # fitted to the answers by 更新
