"""One customer on a card, and where its numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.functions import helps, spills
from addin.functions.cells import words_of
from addin.functions.lookup import customer_text, view_of
from addin.functions.registry import Help, worksheet_function
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.functions.cells import Block, Cell
    from addin.functions.registry import Caller
    from engine.explanation.trace import TraceLine
    from engine.language.errors import Lang
    from engine.scoring.portfolio import Portfolio

SUBJECT: Final = Help(
    "words",
    Text("対象", "axis"),
    Text(
        "総合(既定)などの軸・戦略・分類・集中リスクの検査・指標。「値のみ」で見出しなし",
        "An axis (Total when left out), Strategy, a scheme, a risk test or a metric; Values only drops the header",
    ),
)
ONE: Final = Help(
    "names",
    Text("顧客", "customer"),
    Text("顧客IDまたは顧客名(1社)", "ID or name of one customer"),
)
HEADER: Final = (
    Text("項目", "Item"),
    Text("値", "Value"),
    Text("入力元", "Source"),
    Text("行", "Rows"),
    Text("取込時刻", "Read at"),
    Text("ハッシュ", "Hash"),
    Text("定義版", "Definition"),
)


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="顧客1社のカードを2列(項目・値)で返します。基本情報、点数と水準、分類、売上・周期、契約、与信、顧客の声、機会、LTV。不明な値は理由つきで「算出不可」。",
    en="Returns one customer's card in two columns: identity, scores, segments, sales, rhythm, contract, credit, voice, "
    "opportunities and lifetime value; n/a with the missing input where unknown.",
    arguments={"customer": ONE, "run": helps.RUN},
)
def PORTFOLIO_PROFILE(customer: Cell | Block, run: Cell = None, *, caller: Caller) -> object:  # noqa: N802
    """Return the card of one customer; its first column names the lines, so that it needs no header row."""
    view = view_of(run, caller)
    name = _read_single_customer(customer)
    if not name:
        return ""
    place = view.place(name)
    from engine.explanation.profile import profile  # late, as below: the first answer of a cell does not wait for it

    card = view.portfolio.once(("profile", place), lambda: profile(view.portfolio, place))
    return [[line.label.to(caller.lang), line.value.to(caller.lang)] for line in card]


@worksheet_function(
    category=helps.CUSTOMERS_GROUP,
    ja="点数・水準・分類・戦略・指標・集中リスクの根拠を、入力元・行・取込時刻・ハッシュ・定義版までたどった表を返します。",
    en="Traces a score, level, segment, strategy, metric or risk test back to source, rows, time of reading, hash and "
    "definition.",
    arguments={"customer": ONE, "axis": SUBJECT, "run": helps.RUN},
)
def PORTFOLIO_TRACE(  # noqa: N802
    customer: Cell | Block, axis: Sequence[Cell] = (), run: Cell = None, *, caller: Caller
) -> object:
    """Return one row per step of the way back, with a header row."""
    view = view_of(run, caller)
    plain, subject = spills.take_values_only(words_of(axis))
    if len(subject) > 1:
        raise Refusal("argument", "対象は1つだけ指定してください", "give one subject only")
    name = _read_single_customer(customer)
    if not name:
        return ""
    place, word = view.place(name), subject[0] if subject else "total"
    rows = trace_rows(view.portfolio, place, word, caller.lang)
    return rows[1:] if plain else rows


def trace_rows(portfolio: Portfolio, place: int, word: str, lang: Lang) -> list[list[object]]:
    """Return the way back of one answer as rows, the header first.

    Raises
    ------
    Refusal
        As `engine.explanation.trace.trace`.
    """
    from engine.explanation.trace import trace  # late, as above

    found = portfolio.once(("trace", place, word), lambda: trace(portfolio, place, word))
    return [[text.to(lang) for text in HEADER], *(_write_trace_row(line, found.version, lang) for line in found.lines)]


def _write_trace_row(line: TraceLine, version: str, lang: Lang) -> list[object]:
    """Return a step as a row; the time of reading is the computer's own, as its clock shows it."""
    from engine.explanation.trace import ranges_text

    moment = "" if line.read_at is None else line.read_at.astimezone().replace(tzinfo=None, microsecond=0)
    where = line.key or ranges_text(line, lang)
    return [line.item.to(lang), line.value.to(lang), line.source.to(lang), where, moment, line.sha256, version]


def _read_single_customer(customer: Cell | Block) -> str:
    if isinstance(customer, list):
        raise Refusal("argument", "顧客は1社だけ指定してください", "give a single customer")
    return customer_text(customer)
