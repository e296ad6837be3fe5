"""What the customers say: contacts by topic, kind, channel or customer, with the sentiment of a visible dictionary.

Decision 0161: why a visible dictionary reads the contacts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.customers.contact_log import COMPLAINT
from engine.language.errors import Refusal, Text
from engine.language.words import normalise
from engine.measures.voice.contacts import need_contacts
from engine.measures.voice.row_groups import row_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from engine.definition.definition import Definition
    from engine.scoring.portfolio import Portfolio

OTHER: Final = Text("その他", "Other")
_SENTIMENTS: Final = ("positive", "negative", "mixed", "neutral")


@dataclass(frozen=True, slots=True)
class Voc:
    """The contacts of one group in the window.

    Parameters
    ----------
    label
        The group.
    n, share
        Contacts, and their share of all (0–1).
    positive, negative, mixed, neutral
        Contacts by sentiment; they sum to `n`.
    complaints, last_complaint
        Complaints in the window and the day of the newest, None without one.
    open_items
        Contacts that are still open, in the window or before.
    """

    label: Text
    n: int
    share: float
    positive: int
    negative: int
    mixed: int
    neutral: int
    complaints: int
    last_complaint: date | None
    open_items: int


def topic_of(text: str, topics: Sequence[Mapping[str, object]]) -> int:
    """Return the number of the first topic with a word in `text` (already normalised), or −1."""
    for number, topic in enumerate(topics):
        if any(word in text for word in topic["words"]):  # type: ignore[attr-defined]  # a list of words, see _topics
            return number
    return -1


def sentiment_of(text: str, marks: Sequence[tuple[str, str]]) -> str:
    """Return the sentiment of `text` (already normalised): positive, negative, mixed or neutral.

    `marks` are pairs of word and sentiment, the longest words first. A word that was read is taken out of the text, so
    that 「不満足」 is not read as 「満足」, and 「不満なし」 not as 「不満」.
    """
    found = set()
    for word, sentiment in marks:
        if word in text:
            text = text.replace(word, " ")
            found.add(sentiment)
    found.discard("neutral")
    return "mixed" if len(found) > 1 else next(iter(found), "neutral")


def tag_contacts(contacts: pd.DataFrame, definition: Definition) -> pd.DataFrame:
    """Return the contacts with `tag` (number of the topic row from 0, −1 for その他) and `sentiment`.

    Both are read off the words of the contact's topic and kind by the dictionary of the definition (`voice.topics`,
    `voice.negative`, `voice.positive`, `voice.neutral`) and by nothing else; a complaint is negative at least.
    """
    topics = _read_topic_rules(definition)
    marks = sorted(
        (
            (normalise(str(word)), name)
            for name in ("negative", "positive", "neutral")
            for word in _read_topic_words(definition, name)
        ),
        key=lambda pair: (-len(pair[0]), pair),
    )
    told: dict[tuple[object, object], tuple[int, str]] = {}
    pairs = list(zip(contacts["topic"].astype(object), contacts["kind"].astype(object), strict=True))
    for topic, kind in set(pairs):
        spoken = "\n".join(normalise(each) for each in (topic, kind) if isinstance(each, str) and each != COMPLAINT)
        mood = sentiment_of(spoken, marks)
        if kind == COMPLAINT:
            mood = {"neutral": "negative", "positive": "mixed"}.get(mood, mood)
        told[topic, kind] = (topic_of(spoken, topics), mood)
    tagged = [told[pair] for pair in pairs]
    return contacts.assign(tag=[each[0] for each in tagged], sentiment=[each[1] for each in tagged])


def voc(portfolio: Portfolio, by: str = "row:tag", scheme: str = "standard") -> tuple[Voc, ...]:
    """Return the contacts of the window, cut by topic, kind, channel, customer or a dimension of the customers.

    Parameters
    ----------
    by
        `row:tag` (the topic), `row:kind`, `row:channel`, `total`, or a dimension of the customers.

    Raises
    ------
    Refusal
        `too_little_data` without a contact log, or where its words were stored as pseudonyms.
    """
    contacts, definition = need_contacts(portfolio), portfolio.definition
    if portfolio.tables.kept == "pseudonyms":
        raise Refusal(
            "too_little_data",
            "仮名で保存された実行では、接点の内容を読めません。元のデータで更新してください",
            "this run was stored with pseudonyms: what the contacts say cannot be read; refresh from the data",
        )
    tagged = portfolio.once(("voice.tags",), lambda: tag_contacts(contacts, definition))
    since = np.datetime64(portfolio.as_of, "D") - np.timedelta64(int(definition.number("voice.voc_days")), "D")
    recent = tagged["date"].to_numpy().astype("datetime64[D]") > since
    tagged = tagged[recent | tagged["open"].to_numpy(dtype=bool)]
    within = tagged["date"].to_numpy().astype("datetime64[D]") > since
    total = int(within.sum())
    rows = [
        _count_voice_of_group(
            _word_topic_label(label, by, tagged.iloc[places], definition), tagged.iloc[places], within[places], total
        )
        for label, places in row_groups(portfolio, tagged, by, scheme)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.n, -row.open_items)) if by.startswith("row:") else rows)


def _count_voice_of_group(label: Text, group: pd.DataFrame, within: NDArray[np.bool_], total: int) -> Voc:
    counted = group[within]
    moods = {name: int((counted["sentiment"] == name).sum()) for name in _SENTIMENTS}
    complaints = counted.loc[counted["kind"] == COMPLAINT, "date"]
    return Voc(
        label,
        len(counted),
        len(counted) / total if total else np.nan,
        **moods,
        complaints=len(complaints),
        last_complaint=None if complaints.empty else complaints.max().date(),
        open_items=int(group["open"].sum()),
    )


def _word_topic_label(label: Text, by: str, group: pd.DataFrame, definition: Definition) -> Text:
    """Return the topic's name for the number that its contacts have; クレーム for the code of complaints."""
    if by == "row:tag":
        number = int(group["tag"].iloc[0])
        topics = definition.rules("voice.topics")
        return OTHER if number < 0 else Text(str(topics[number].get("ja", "")), str(topics[number].get("en", "")))
    complaint = by == "row:kind" and group["kind"].eq(COMPLAINT).fillna(False).iloc[0]
    return Text("クレーム", "Complaint") if complaint else label


def _read_topic_rules(definition: Definition) -> list[dict[str, object]]:
    """Return the topic rows with their words normalised.

    Raises
    ------
    Refusal
        `missing_definition` for a row without a name or words.
    """
    rows: list[dict[str, object]] = []
    for number, row in enumerate(definition.rules("voice.topics"), start=1):
        if not row.get("ja") or not isinstance(row.get("words"), list) or not row["words"]:
            raise Refusal(
                "missing_definition",
                f"「voice.topics.{number}」に ja(名前)と words(語の並び)を書いてください",
                f'"voice.topics.{number}" needs ja (its name) and words (a list)',
            )
        rows.append({**row, "words": [normalise(str(word)) for word in row["words"]]})
    return rows


def _read_topic_words(definition: Definition, name: str) -> list[str]:
    return [str(word) for word in definition.value(f"voice.{name}") if str(word).strip()]
