"""Which survey answers count, for which question, and which cannot be used.

Decision 0160: which answers of a survey count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from engine.cleaning.missing_table import absence
from engine.language.errors import Finding, Refusal, Text
from engine.language.words import normalise
from engine.reading.columns import columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from engine.cleaning.tables import Tables
    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

NO_ITEM: Final = Text("(設問なし)", "(no item)")


def need_surveys(portfolio: Portfolio) -> pd.DataFrame:
    """Return the run's survey answers as `answers_of` gives them; made once per run.

    Raises
    ------
    Refusal
        `too_little_data` when the input has no survey table.
    """
    if portfolio.tables.surveys is None:
        why = absence(portfolio.tables, "surveys")
        raise Refusal(
            "too_little_data",
            f"{why.ja}。顧客・回答日・項目・点数の表を渡してください",
            f"{why.en}; give a table of customer, date, item and score",
        )
    return portfolio.once(
        ("voice.answers",), lambda: answers_of(portfolio.tables, portfolio.definition, portfolio.as_of)
    )


def answers_of(tables: Tables, definition: Definition, as_of: date) -> pd.DataFrame:
    """Return every survey answer with what it is an answer to and whether it can be used.

    Parameters
    ----------
    tables
        The clean tables, with surveys among them.
    definition
        For the ends of the scales (inclusive), the words of an NPS item and the window.
    as_of
        The last day of the window, inclusive.

    Returns
    -------
    pandas.DataFrame
        The columns of the clean table (customer, date, item, score, row) and: scale (`nps` or `csat`), reason (`` where the
        answer can be used, `off_scale` or `fraction`), recent (within `voice.survey_days` before the as-of date, that day
        included). A blank item stays a question of its own.

    Notes
    -----
    An answer is a step of the scale. A fraction is a mean of answers (or a slip of the pen): the answers behind it are
    lost, and with them the shares that NPS and top-2-box count. It is listed, never rounded.
    """
    surveys = tables.surveys
    assert surveys is not None  # noqa: S101 - the caller has looked
    frame = surveys.copy()
    codes, different = pd.factorize(frame["item"])  # a blank is -1: the last of the names
    names = [*map(str, different), NO_ITEM.ja]
    marked = np.array([_contains_any_mark(name, definition.value("voice.nps_items")) for name in names], dtype=np.bool_)
    frame["item"] = pd.Series(np.array(names, dtype=object)[codes], index=frame.index, dtype=object)
    is_nps = marked[codes]
    frame["scale"] = np.where(is_nps, "nps", "csat")
    score = frame["score"].to_numpy(np.float64)
    fits = np.zeros(len(frame), dtype=np.bool_)
    for scale, own in (("nps", is_nps), ("csat", ~is_nps)):
        ends = definition.value(f"voice.{scale}_scale")
        fits |= own & (score >= float(ends["low"])) & (score <= float(ends["high"]))
    frame["reason"] = np.where(~fits, "off_scale", np.where(score != np.floor(score), "fraction", ""))
    day = frame["date"].to_numpy().astype("datetime64[D]")
    today = np.datetime64(as_of, "D")
    frame["recent"] = (day > today - np.timedelta64(int(definition.number("voice.survey_days")), "D")) & (day <= today)
    return frame


def counting(answers: pd.DataFrame, definition: Definition) -> NDArray[np.bool_]:
    """Return which of the answers count: usable, within the window, and the customer's latest word.

    With `voice.answers` = latest (the default) these are, for every customer and item, the answers of its newest day: a
    customer counts with what it says now, and several people who answered on that day all count. With `all` every
    usable answer in the window counts.

    Parameters
    ----------
    answers
        As `answers_of` returns them.
    definition
        For `voice.answers`.

    Raises
    ------
    Refusal
        `missing_definition` for another choice.
    """
    usable = (answers["reason"] == "") & answers["recent"]
    if counts_latest_only(definition) and usable.any():
        newest = answers["date"].where(usable).groupby([answers["customer"], answers["item"]]).transform("max")
        usable &= answers["date"] == newest
    return usable.to_numpy(dtype=np.bool_)


def counts_latest_only(definition: Definition) -> bool:
    """Return whether a customer counts with its newest answers alone (`voice.answers`).

    Raises
    ------
    Refusal
        `missing_definition` for a choice that there is not.
    """
    choice = definition.value("voice.answers")
    if choice not in ("latest", "all"):
        raise Refusal(
            "missing_definition",
            f"定義「voice.answers」は latest か all です(今の値: {choice})",
            f'the entry "voice.answers" must be latest or all (now: {choice})',
        )
    return bool(choice == "latest")


def overall_item(items: Sequence[str], definition: Definition) -> str | None:
    """Return the item that asks for overall satisfaction, or None.

    The words of `voice.overall_items` are tried in their order; the first that any item contains decides.

    Raises
    ------
    Refusal
        `missing_definition` when that word fits several items: which is meant is not guessed.
    """
    for word in definition.value("voice.overall_items"):
        found = [item for item in items if _contains_any_mark(item, [word])]
        exact = [item for item in found if normalise(item) == normalise(str(word))]
        if len(found) > 1 and len(exact) != 1:
            raise Refusal(
                "missing_definition",
                f"総合満足度の設問が決まりません({'・'.join(found[:5])})。定義「voice.overall_items」に設問をそのまま書いてください",
                f'several items may be the overall satisfaction ({", ".join(found[:5])}); write the item into "voice.overall_items"',
            )
        if found:
            return exact[0] if exact else found[0]
    return None


def _contains_any_mark(item: str, marks: Sequence[str]) -> bool:
    word = normalise(item)
    return any(normalise(str(mark)) in word for mark in marks)


def unusable_answers(portfolio: Portfolio) -> tuple[Finding, ...]:
    """Return the answers that are no step of their scale, with their row and the reason, in the order of the rows."""
    answers = need_surveys(portfolio)
    sources = [each.source for each in portfolio.sources if each.table == "surveys"] or [""]
    header = next(each.text.ja for each in columns("surveys") if each.key == "score")
    found = answers[answers["reason"] != ""].sort_values(["part", "row"], kind="stable")
    return tuple(
        Finding(
            "warning",
            f"score_{reason}",
            "surveys",
            sources[int(part)],
            int(row),
            header,
            f"{score:g}",
            _explain_unused_answer(str(reason), str(item), str(scale), portfolio.definition),
        )
        for reason, item, scale, score, part, row in zip(
            *(found[name] for name in ("reason", "item", "scale", "score", "part", "row")), strict=True
        )
    )


def _explain_unused_answer(reason: str, item: str, scale: str, definition: Definition) -> Text:
    ends = definition.value(f"voice.{scale}_scale")
    span = f"{ends['low']:g}〜{ends['high']:g}"
    if reason == "off_scale":
        return Text(
            f"「{item}」の点数が{span}の外です", f'the score of "{item}" lies outside {span.replace("〜", " to ")}'
        )
    return Text(
        f"「{item}」の点数が整数ではありません。平均ではなく回答を1件ずつ入れてください",
        f'the score of "{item}" is no whole number; give the single answers, not their mean',
    )


def main_item(answers: pd.DataFrame, definition: Definition) -> str | None:
    """Return the item of overall satisfaction among the satisfaction items, or the only one there is, or None."""
    items = sorted(str(item) for item in answers.loc[answers["scale"] == "csat", "item"].unique())
    found = overall_item(items, definition)
    return found if found is not None else (items[0] if len(items) == 1 else None)
