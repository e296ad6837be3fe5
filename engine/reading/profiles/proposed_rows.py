"""Which rows are proposed to count, how values are called, and what is no row: by the words in columns of few values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.language.errors import Text
from engine.language.words import normalise
from engine.reading.profiles.evidence import SAMPLED, hints
from engine.reading.profiles.guesses import BY_ALIAS, BY_WORD, LOW, Guess
from engine.reading.raw import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.reading.profiles.evidence import Evidence

_SEVERAL: Final = 2  # orders of more than one row from which it can be told
_LEVELS: Final = {  # what a good, a fair and a poor mark mean: a good mark is a low risk
    "continuity": ("高", "中", "低"),
    "growth": ("高", "中", "低"),
    "risk": ("低", "中", "高"),
}


def guess_conditions(table: str, evidence: Sequence[Evidence], used: Iterable[str]) -> list[Guess]:
    """Return a condition for every column of states of which only some rows are sales.

    Parameters
    ----------
    table
        The proposed table's key; only orders and costs have such columns.
    evidence
        What the cells say, one per column.
    used
        Headers that are columns of the table already.
    """
    if table not in ("orders", "costs"):
        return []
    status, few = hints()["status"], int(hints()["shares"]["few"])
    kept, dropped = ({normalise(word) for word in status[key]} for key in ("kept", "dropped"))
    found: list[Guess] = []
    for column in evidence:
        if not column.header or not 1 < len(column.words) <= few or column.header in used:
            continue
        counting = [word for word, _ in column.words if normalise(word) in kept]
        losing = [word for word, _ in column.words if normalise(word) in dropped]
        subject = _quote_condition_word(column.header)
        if counting:
            told = " または ".join(f"{subject} = {_quote_condition_word(word)}" for word in counting)
            ja, en = f"「{'・'.join(counting)}」の行だけが売上です", f"only rows with {', '.join(counting)} are sales"
        elif losing:
            told = " かつ ".join(f"{subject} ≠ {_quote_condition_word(word)}" for word in losing)
            ja, en = f"「{'・'.join(losing)}」の行は売上ではありません", f"rows with {', '.join(losing)} are no sales"
        else:
            continue
        found.append(Guess("where", "", told, BY_WORD, Text(ja, en)))
    return found


def _quote_condition_word(word: str) -> str:
    """Return a word in the quotes that it does not hold itself."""
    from engine.language.filters.values import as_text

    return as_text(word, quoted=True)


def guess_values(table: str, evidence: Sequence[Evidence], found: Sequence[Guess]) -> list[Guess]:
    """Return value maps for levels that are written as marks (◎○△×) or letters (A, B, C)."""
    by_header = {each.header: each for each in evidence}
    guesses: list[Guess] = []
    for column in (each for each in found if table == "customers" and each.key in _LEVELS):
        cells = by_header[column.told]
        for kind, grades in hints()["marks"].items():
            places = {normalise(mark): rank for rank, grade in enumerate(grades) for mark in grades[grade]}
            if cells.words and cells.values() <= places.keys():
                told = [(word, _LEVELS[column.key][places[normalise(word)]]) for word, _ in cells.words]
                sure = kind == "symbols"
                guesses.append(Guess("values", column.key, ", ".join(f"{a}={b}" for a, b in sorted(told)),
                    BY_WORD if sure else LOW, Text(
                        "記号を高・中・低に読み替えます(◎ は良い)" if sure
                        else "A を良い評価とみなしました。逆の場合は直してください",
                        "marks are read as High, Medium, Low (◎ is good)" if sure
                        else "A was taken as good; turn it round where A is bad",
                    )))  # fmt: skip
    return guesses


def guess_lines(
    table: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    evidence: Sequence[Evidence],
    found: Sequence[Guess],
) -> list[Guess]:
    """Return whether the amount is the whole order's and stands again on each of its rows.

    That is proposed where several orders have more than one row, none of them with two different amounts, while another column
    of figures, such as the unit price, differs within orders.
    """
    keys = {each.key: each.told for each in found}
    if table != "orders" or "order_id" not in keys or keys.get("amount") not in headers:
        return []
    number, amount = headers.index(keys["order_id"]), headers.index(keys["amount"])
    orders: dict[str, list[Sequence[object]]] = {}
    for row in rows[:SAMPLED]:
        orders.setdefault(shown(row[number]).strip(), []).append(row)
    several = [lines for key, lines in orders.items() if key and len(lines) > 1]
    if len(several) < _SEVERAL or not all(_holds_one_value(lines, amount) for lines in several):
        return []
    figures = [each.at for each in evidence if each.is_amount and each.at not in (number, amount)]
    if not any(not _holds_one_value(lines, at) for lines in several for at in figures):
        return []
    return [Guess("lines", headers[number], headers[amount], BY_WORD, Text(
        f"「{headers[amount]}」は同じ注文のどの行でも同じなので、注文ごとに1度だけ数えます",
        f'"{headers[amount]}" is the same on every row of an order and is counted once per order',
    ))]  # fmt: skip


def _holds_one_value(lines: Sequence[Sequence[object]], at: int) -> bool:
    return len({text for row in lines if (text := shown(row[at]).strip())}) <= 1


def guess_footers(rows: Sequence[Sequence[object]]) -> list[Guess]:
    """Return the beginnings of lines below the data that are no rows."""
    begins = [str(each) for each in hints()["footers"]["begin"]]
    found: dict[str, Guess] = {}
    for row in rows[-10:]:
        texts = [text for cell in row if (text := shown(cell).strip())]
        begin = next((each for each in begins if len(texts) == 1 and texts[0].startswith(each)), None)
        if begin is not None:
            found[begin] = Guess("footer", "", begin, BY_ALIAS, Text(
                "データの下に付く行です", "a line that stands below the data",
            ))  # fmt: skip
    return list(found.values())
