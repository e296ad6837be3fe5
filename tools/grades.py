"""What docs/grades*.md shows: how good the grades were on the sample company and on CDNOW, as tables and as pictures.

    python tools/grades.py                 # renews pictures and tables of both pages (`make grades`)
    python tools/grades.py --quick         # the same without the table of early warning, which takes two minutes

A table stands between `<!-- tools/grades.py: NAME -->` and `<!-- tools/grades.py: end -->`; a test holds the pages to the code.
"""

from __future__ import annotations

import argparse
import sys
from functools import cache
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import early_warning  # noqa: E402 - found on the path that is set above
import grades_moved  # noqa: E402
import grades_pictures  # noqa: E402
import pandas as pd  # noqa: E402
from gallery_inputs import cdnow_file  # noqa: E402

from engine.cleaning.tables import RawTables, clean, raw_from_frame  # noqa: E402
from engine.definition.definition import Definition, load_definition  # noqa: E402
from engine.language.display import date_text, number, percent  # noqa: E402
from engine.language.errors import Text  # noqa: E402
from engine.measures.backtest import Backtest, backtest, verdict_text  # noqa: E402
from engine.measures.backtest.answers import COLUMNS, item_text, ranker_text  # noqa: E402
from engine.measures.backtest.result import WARNS  # noqa: E402
from engine.scoring.scoring import score  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engine.language.errors import Lang
    from engine.measures.backtest.bins import Bin
    from engine.scoring.portfolio import Portfolio

PAGES: Final[dict[Lang, Path]] = {"ja": ROOT / "docs" / "grades.ja.md", "en": ROOT / "docs" / "grades.md"}
PICTURES: Final = ROOT / "docs" / "grades"
END: Final = "<!-- tools/grades.py: end -->"
HALF_YEAR: Final = 181  # days of CDNOW after 1997-12-31
_BIN_HEADS: Final = (
    Text("", ""),
    Text("延べ件数", "n"),
    Text("離れた", "lost"),
    Text("予測", "predicted"),
    Text("実績", "actual"),
    Text("実績の区間(95%)", "interval of the actual (95 %)"),
)
_RANKED: Final = Text("並べ方", "ranked by")
_EARLY: Final = (
    Text("変化からの月数", "months after the change"),
    Text("今: やめた6社のうち", "now: of 6 that stop"),
    Text("今: 減った8社のうち", "now: of 8 that shrink"),
    Text("今: 誤報(46社のうち)", "now: false alarms of 46"),
    Text("前: やめた6社のうち", "before: of 6 that stop"),
    Text("前: 減った8社のうち", "before: of 8 that shrink"),
    Text("前: 誤報(46社のうち)", "before: false alarms of 46"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Renew what the command line asks for."""
    parser = argparse.ArgumentParser(
        description="判定の成績表を作り直す / renew the tables and pictures of docs/grades*.md"
    )
    parser.add_argument("--quick", action="store_true", help="早期発見の表を除く / without the table of early warning")
    quick = parser.parse_args(arguments).quick
    PICTURES.mkdir(exist_ok=True)
    for name, found in (("sample", judge_past("sample")), ("cdnow", judge_past("cdnow"))):
        grades_pictures.draw(found, name, PICTURES)
    for lang, page in PAGES.items():
        page.write_text(renewed(page.read_text(encoding="utf-8"), lang, BLOCKS if quick else SLOW), encoding="utf-8")
    return 0


def renewed(text: str, lang: Lang, blocks: dict[str, Callable[[Lang], str]]) -> str:
    """Return a page with the blocks between its marks made anew; each must be there."""
    for name, make in blocks.items():
        begin = f"<!-- tools/grades.py: {name} -->"
        head, mark, rest = text.partition(begin)
        if not mark or END not in rest:
            raise SystemExit(f"{begin} … {END}")
        text = f"{head}{begin}\n{make(lang)}\n{END}{rest.split(END, 1)[1]}"
    return text


# ---- what was measured -------------------------------------------------------------------------------------------------


@cache
def company(name: str, judged: str = "active") -> Portfolio:
    """Return the sample company or CDNOW, scored as it is today."""
    if name == "sample":
        return grades_moved.both()[1]
    frame = pd.read_csv(
        cdnow_file(), sep=r"\s+", header=None, skiprows=1, names=["id", "day", "discs", "sum"], dtype=str
    )
    days, sums = pd.to_datetime(frame["day"], format="%Y%m%d"), frame["sum"].astype(float)
    orders = pd.DataFrame({"顧客ID": frame["id"], "取引日": days, "金額": sums})
    tables = clean(RawTables({"orders": raw_from_frame("orders", orders, "CDNOW")}, ()), currency="USD")
    return score(tables, Definition.from_rows([("backtest.judged", judged)], load_definition()))


def judge_past(name: str, axis: str = "risk") -> Backtest:
    """Return how an axis did: over a year on the sample company, over half a year on the eighteen months of CDNOW."""
    return backtest(company(name), axis, None if name == "sample" else HALF_YEAR)


def _published() -> Backtest:
    """Return CDNOW as of 1997-12-31, everybody judged: what other work on these data is compared by."""
    return backtest(company("cdnow", "bought_12m"), "risk", HALF_YEAR, 1)


# ---- tables ------------------------------------------------------------------------------------------------------------


def table(heads: Iterable[str], rows: Iterable[Iterable[str]], lefts: int = 1) -> str:
    """Return a table in Markdown: the first `lefts` columns left, the others right."""
    names = list(heads)
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * lefts + "--:|" * (len(names) - lefts)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _tabulate_levels(found: Backtest, lang: Lang) -> str:
    bins = (*found.levels, found.whole)
    return table((each.to(lang) for each in _BIN_HEADS), (_write_bin(each, lang) for each in bins))


def _write_bin(each: Bin, lang: Lang) -> tuple[str, ...]:
    ends = "" if each.low is None else f"{percent(each.low, lang, 0)} – {percent(each.high, lang, 0)}"
    predicted = "" if each.predicted is None else percent(each.predicted, lang)
    counts = (number(each.customers, lang), number(each.events, lang))
    return item_text(each).to(lang), *counts, predicted, percent(each.actual, lang), ends


def _tabulate_rankers(found: Backtest, lang: Lang) -> str:
    def write(value: float, places: int) -> str:
        return "" if isnan(value) else number(value, lang, places)

    rows = (
        (
            ranker_text(each.code).to(lang),
            write(each.auc, 3),
            write(each.skill, 2),
            "" if isnan(each.found) else percent(each.found, lang),
        )
        for each in found.rankers
    )
    return table([_RANKED.to(lang), *(COLUMNS[place].to(lang) for place in (8, 9, 10))], rows)


def _list_verdicts(name: str, lang: Lang) -> str:
    found = [judge_past(name, axis) for axis in WARNS]
    days = ("、" if lang == "ja" else ", ").join(date_text(each.day, lang) for each in found[0].origins)
    end = "。" if lang == "ja" else ""
    lines = [f"- {verdict_text(each).to(lang)}{end}" for each in found]
    when = Text("判定日: {}(その後{}日)。", "Judged on {} ({} days after each).").to(lang).format(days, found[0].days)
    return "\n".join([when, "", *lines])


def _tabulate_moved(lang: Lang) -> str:
    rows = [each.cells() for each in grades_moved.moved(lang)]
    return table(grades_moved.HEADS[lang], rows, len(grades_moved.HEADS[lang]))


def _count_strategies(lang: Lang) -> str:
    heads = [text.to(lang) for text in (Text("戦略", "strategy"), Text("前(社)", "before"), Text("今(社)", "now"))]
    return table(heads, ((name, str(before), str(now)) for name, before, now in grades_moved.strategies(lang)))


@cache
def _early_rows() -> tuple[tuple[int, list[float], list[float]], ...]:
    return tuple(early_warning.rows())


def _tabulate_early(lang: Lang) -> str:
    rows = ((str(month), *(number(each, lang, 1) for each in (*now, *before))) for month, now, before in _early_rows())
    return table((each.to(lang) for each in _EARLY), rows)


BLOCKS: Final[dict[str, Callable[[Lang], str]]] = {
    "sample-verdicts": lambda lang: _list_verdicts("sample", lang),
    "sample-levels": lambda lang: _tabulate_levels(judge_past("sample"), lang),
    "sample-rankers": lambda lang: _tabulate_rankers(judge_past("sample"), lang),
    "moved": _tabulate_moved,
    "strategies": _count_strategies,
    "cdnow-verdicts": lambda lang: _list_verdicts("cdnow", lang),
    "cdnow-levels": lambda lang: _tabulate_levels(judge_past("cdnow"), lang),
    "cdnow-rankers": lambda lang: _tabulate_rankers(judge_past("cdnow"), lang),
    "cdnow-published": lambda lang: _tabulate_rankers(_published(), lang),
}
SLOW: Final = {**BLOCKS, "early": _tabulate_early}


if __name__ == "__main__":
    sys.exit(main())
