"""The pictures of docs/grades*.md, drawn by the report's own charts: reliability by level and by tenth, lost money found first."""

from __future__ import annotations

import io
from math import isnan
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageOps

from engine.language import words
from engine.language.display import percent
from engine.language.errors import Text
from engine.measures.backtest.answers import item_text, ranker_text
from report_templates.charts import svg
from report_templates.document.document import BarRow, Bars
from report_templates.document.figures import Outcome, Reliability

if TYPE_CHECKING:
    from pathlib import Path

    from engine.language.errors import Lang
    from engine.measures.backtest import Backtest
    from engine.measures.backtest.bins import Bin
    from report_templates.document.document import Figure

LANGS: Final[tuple[Lang, ...]] = ("ja", "en")
_SCALE: Final = 2  # pixels of a picture per CSS pixel: sharp on every screen
_RIM: Final = 16  # of paper around a drawing, pixels
_TONES: Final = {"high": "severe", "mid": "plain", "low": "rest", "unknown": "rest"}
_PREDICTED: Final = Text("予測した離脱確率", "predicted probability of loss")
_ACTUAL: Final = Text("実際に離れた割合", "share that was lost")
_ROOM: Final = 1.75  # the axis of a bar against its longest one: behind it stands what it says


def draw(found: Backtest, name: str, folder: Path) -> list[Path]:
    """Draw the three pictures of a company in both languages; return the files (`<name>.<what>.<lang>.webp`)."""
    figures: dict[str, Figure] = {"levels": by_level(found), "tenths": by_tenth(found), "money": money_found(found)}
    made = []
    for what, figure in figures.items():
        for lang in LANGS:
            made.append(folder / f"{name}.{what}.{lang}.webp")
            _save(figure, lang, made[-1])
    return made


def by_level(found: Backtest) -> Bars:
    """Return one bar per level: the share lost, over a thin one of what was predicted."""
    known = [each for each in found.levels if each.actual is not None and each.predicted is not None]
    top = max(max(each.actual or 0, each.predicted or 0) for each in known)
    return Bars(
        key="levels",
        title=_ACTUAL,
        alt=Text("水準別の実績と予測", "actual and predicted by level"),
        rows=tuple(_level_bar(each) for each in known),
        top=top * _ROOM,
        size=(520, 130, 60),
    )


def _level_bar(each: Bin) -> BarRow:
    actual, predicted = ([percent(share, lang) for lang in LANGS] for share in (each.actual, each.predicted))
    display = Text(
        f"{actual[0]}(予測{predicted[0]}、延べ{each.customers:,}社)",
        f"{actual[1]} (predicted {predicted[1]}, n {each.customers:,})",
    )
    return BarRow(words.text("levels", each.key), each.actual or 0.0, display, _TONES[each.key], each.predicted)


def by_tenth(found: Backtest) -> Reliability:
    """Return predicted against actual by tenth, with Wilson's intervals and the diagonal."""
    outcomes = tuple(
        Outcome(item_text(each), each.predicted, each.actual, each.low, each.high, each.customers)
        for each in found.tenths
        if each.predicted is not None and each.actual is not None and each.low is not None and each.high is not None
    )
    fits = sum(each.low <= each.predicted <= each.high for each in outcomes)
    return Reliability(
        key="tenths",
        title=_PREDICTED,
        alt=Text(
            f"10のうち{fits}で予測が区間の中",
            f"the prediction lies in the interval in {fits} of {len(outcomes)} tenths",
        ),
        x_title=_PREDICTED,
        y_title=_ACTUAL,
        outcomes=outcomes,
        top=min(1.0, max(0.1, *(max(each.predicted, each.high) for each in outcomes)) * 1.05),
        diagonal=Text("予測どおり", "as predicted"),
        size=(440, 300),
    )


def money_found(found: Backtest) -> Bars:
    """Return one bar per ranking: the share of the lost money that its first tenth holds."""
    known = [each for each in found.rankers if not isnan(each.found)]
    rows = tuple(
        BarRow(
            ranker_text(each.code),
            each.found,
            Text(*(percent(each.found, lang) for lang in LANGS)),
            "accent" if each.code == "grade" else "rest",
        )
        for each in known
    )
    return Bars(
        key="money",
        title=Text("上位1割で見つかった失われた売上", "lost sales found in the first tenth"),
        alt=Text("並べ方ごとの比較", "by ranking"),
        rows=rows,
        top=max(each.found for each in known) * 1.25,
        size=(470, 150, 240),
    )


def _save(figure: Figure, lang: Lang, path: Path) -> None:
    import vl_convert

    drawn = svg(figure, lang, figure.key)
    with Image.open(io.BytesIO(vl_convert.svg_to_png(drawn, scale=_SCALE))) as picture:
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture.convert("RGBA"))
        ImageOps.expand(paper.convert("RGB"), _RIM, "white").save(path, lossless=True, quality=100, method=4)
