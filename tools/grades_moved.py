"""Who moved between levels of リスク when the grades became forecasts, in the sample company, and why.

    python tools/grades_moved.py          # the table in Japanese
    python tools/grades_moved.py en

The grades of before are scored anew with the weights of that time, which are kept as cases of the tests. Listed is who
stands in another level of リスク, and who shrank by a fifth and was 低 all the same.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

import numpy as np  # noqa: E402 - found on the path that is set above

from engine.cleaning.tables import clean  # noqa: E402
from engine.definition.definition import Definition, load_definition  # noqa: E402
from engine.definition.metrics import find_metric, show  # noqa: E402
from engine.language import words  # noqa: E402
from engine.language.display import delta, money, percent  # noqa: E402
from engine.language.errors import Text  # noqa: E402
from engine.scoring.forecast.forecast import BASE, OWN_PAST  # noqa: E402
from engine.scoring.levels import CAP, FLOOR  # noqa: E402
from engine.scoring.scoring import score  # noqa: E402
from workbooks.sample.sample import make_sample  # noqa: E402

if TYPE_CHECKING:
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

CASES: Final = ROOT / "tests" / "cases"
LANGS: Final[tuple[Lang, ...]] = ("ja", "en")
_ACTIVE: Final = ("active", "new", "returned")
HEADS: Final = {
    "ja": ("顧客", "直近12か月の売上(百万円)", "前年比", "リスク 前→今", "今の離脱確率", "主な理由", "戦略 前→今"),
    "en": (
        "customer", "sales of 12 months (million yen)", "year on year", "risk before → now", "P(lost) now", "main reason",
        "strategy before → now",
    ),
}  # fmt: skip
_LIFTED: Final = Text(
    "赤字か2割以上の減少のため「中」に引き上げ", "lifted to Medium: loss-making, or down by a fifth or more"
)
_BY_MODEL: Final = Text("購買モデルの離脱確率 {}", "P(lost) by the purchase model {}")
_BY_PAST: Final = Text("自社の過去による補正", "correction by the company's own past")


@dataclass(frozen=True)
class Moved:
    """One customer: its sales, the change against the year before, and what was and is said of it."""

    name: str
    sales: str
    change: str
    levels: tuple[str, str]
    lost: str
    reason: str
    strategies: tuple[str, str]
    shrinking: bool

    def cells(self) -> tuple[str, ...]:
        """Return the row under `HEADS`."""
        risk, strategy = (one if one == other else f"{one} → {other}" for one, other in (self.levels, self.strategies))
        return self.name, self.sales, self.change, risk, self.lost, self.reason, strategy


@cache
def both() -> tuple[Portfolio, Portfolio]:
    """Return the sample company as it was graded by weights, and as it is graded now."""
    company = make_sample()
    tables = clean(company.raw_tables(), as_of=company.as_of)
    before = load_definition()
    for name in ("risk_by_weights.toml", "grades_by_weights.toml"):
        before = Definition.from_toml((CASES / name).read_text(encoding="utf-8"), before)
    return score(tables, before, company.as_of), score(tables, as_of=company.as_of)


def moved(lang: Lang) -> list[Moved]:
    """Return the customers that moved, or that shrank unseen, the largest first."""
    before, now = both()
    levels = [run.frame["level_risk"].to_numpy(dtype=object) for run in (before, now)]
    change = now.frame["growth_rate"].to_numpy(np.float64, na_value=np.nan)
    active = now.frame["state"].isin(_ACTIVE).to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        shrinking = active & (change <= -now.definition.number("levels.floor_decline")) & (levels[0] == "low")
    sales = now.frame["sales_12m"].to_numpy(np.float64, na_value=0.0)
    chosen = np.flatnonzero((levels[0] != levels[1]) | shrinking)
    return [
        _describe(row, lang, shrinking=bool(shrinking[row]))
        for row in chosen[np.argsort(-sales[chosen], kind="stable")]
    ]


def strategies(lang: Lang) -> list[tuple[str, int, int]]:
    """Return how many customers had each strategy before, and how many have it now; the commonest of now first."""
    before, now = (Counter(run.frame[f"strategy_{lang}"].astype(str)) for run in both())
    names = sorted({*before, *now}, key=lambda name: (-now[name], -before[name], name))
    return [(name, before[name], now[name]) for name in names]


def _describe(row: int, lang: Lang, *, shrinking: bool) -> Moved:
    before, now = both()
    levels, strategies = (
        (str(before.frame[name].iloc[row]), str(now.frame[name].iloc[row]))
        for name in ("level_risk", f"strategy_{lang}")
    )
    year = float(now.frame["growth_rate"].to_numpy(np.float64, na_value=np.nan)[row])
    return Moved(
        name=str(now.tables.customers["name"].iloc[row]),
        sales=money(float(now.frame["sales_12m"].iloc[row]), now.digits, lang, "million", 1),
        change="" if np.isnan(year) else delta(year * 100, lang, 0, "%"),
        levels=(words.label("levels", levels[0], lang), words.label("levels", levels[1], lang)),
        lost=percent(float(now.frame["p_lost"].iloc[row]), lang, 0),
        reason=_explain(row).to(lang) if levels[0] != levels[1] else "",
        strategies=strategies,
        shrinking=shrinking,
    )


def _explain(row: int) -> Text:
    """Return what moved the customer: the part that lifts to 中, else the largest part of its score besides even odds."""
    _, now = both()
    axis = now.axes["risk"]
    parts = dict(zip(axis.metrics, axis.contributions[row].tolist(), strict=True))
    values = dict(zip(axis.metrics, axis.values[row].tolist(), strict=True))
    if parts[FLOOR] > 0:
        return _LIFTED
    signals = {name: each for name, each in parts.items() if name not in (BASE, CAP, FLOOR, OWN_PAST)}
    strongest = max(signals, key=lambda name: signals[name])
    if values[BASE] >= now.definition.number("levels.risk_mid"):
        ja, en = (_BY_MODEL.to(lang).format(percent(values[BASE], lang, 0)) for lang in LANGS)
        return Text(ja, en)
    if parts[OWN_PAST] >= signals[strongest]:
        return _BY_PAST
    metric = find_metric(strongest)
    ja, en = (f"{metric.name.to(lang)} {show(metric, values[strongest], now, lang)}" for lang in LANGS)
    return Text(ja, en)


def main() -> int:
    """Print the table."""
    lang: Lang = "en" if "en" in sys.argv[1:] else "ja"
    print("\t".join(HEADS[lang]))
    for each in moved(lang):
        print("\t".join(each.cells()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
