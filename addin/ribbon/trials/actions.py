"""The buttons of the group 試算: customers lost, values changed, hours allotted, cases kept and compared.

What is tried stands with its result in one block, so that it can be saved as a case later, also after the program was
closed. The table of changes is the user's: it is made once where there is none, and only read from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from addin.functions import spills
from addin.functions.answers.trials import LATER, allotted_rows, trial_rows
from addin.ribbon import formats
from addin.ribbon.choosing import choice_of, customers_of, present, sheet_called
from addin.ribbon.inputs import run_of
from addin.ribbon.trials.trial_sheet import (
    TRIAL_SHEET,
    Tried,
    change_table,
    example_of,
    how_to_change,
    offer_table,
    show_trial,
    tried_in,
    unit_text,
)
from engine.language import words
from engine.language.amounts import parse_amount
from engine.language.display import NOT_AVAILABLE
from engine.language.distinct_cells import Fault
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addin.ribbon.action import Action
    from addin.shared.book import Book, Cell
    from engine.language.errors import Lang
    from engine.planning.allocation import Allocation
    from engine.planning.what_if.cases import Case, Comparison
    from engine.scoring.portfolio import Portfolio

HOURS_SHEET: Final = Text("時間配分", "Hours")
HOURS_MARK: Final = "PF_HOURS"
CASES_SHEET: Final = Text("試算の案", "Cases")
CASES_MARK: Final = "PF_CASES"
COMPARED_SHEET: Final = Text("案の比較", "Case comparison")
COMPARED_MARK: Final = "PF_CASES_COMPARED"
_LONGEST: Final = 32_000  # a cell holds 32,767 characters
_CASE_HEADER: Final = (
    Text("案", "Case"),
    Text("実行ID", "Run"),
    Text("内容", "What is tried"),
    Text("データ(消さないでください)", "Data (please keep)"),
)
_WHO_LOST: Final = Text(
    "どの顧客を失う場合を試しますか。IDか名前を入れてください(複数は「、」で区切る)",
    "The loss of which customers shall be tried? Give IDs or names (several with a comma)",
)
_VISITED: Final = {"over": Text("ごひいき先(かけ過ぎ)", "Over-visited"), "under": Text("不足", "Under-visited")}


def lose(book: Book, lang: Lang) -> None:
    """Try the loss of the selected customers, with a share that the others win back; show it on 試算.

    Raises
    ------
    Refusal
        For an unknown customer, or a share that is none.
    """
    from engine.planning.what_if import if_lost

    scored, handle = run_of(book)
    chosen = customers_of(book, scored, lang, _WHO_LOST)
    question = Text(
        "失う売上のうち、残る顧客が取り戻す割合を入れてください(0〜1、または 30% のように)",
        "Which share of the lost sales will the others win back? (0 to 1, or such as 30%)",
    )
    typed = book.ask(question.to(lang), "0") if chosen else None
    if typed is None:
        return
    ids = tuple(str(scored.frame["customer_id"].iloc[place]) for place in chosen)
    trial = if_lost(scored, ids, typed)
    tried = Tried("lose", handle, lost=ids, recovery=typed.strip() or "0")
    show_trial(book, scored, tried, trial, trial_rows(scored, trial, LATER["lost"], lang), lang)


def change(book: Book, lang: Lang) -> Text | None:
    """Try the changes of the table 対象・項目・変更 on the sheet 試算; where there is none, make one and try its example.

    Raises
    ------
    Refusal
        Where a change cannot be made: every such one is named with its row, and nothing is written.
    """
    from engine.planning.what_if import what_if

    scored, handle = run_of(book)
    changes = change_table(book, lang)
    if changes is not None and not changes:
        book.show(sheet_called(book, TRIAL_SHEET, lang))
        return how_to_change(book, example_of(scored, lang), lang)
    example = None
    if changes is None:
        example = example_of(scored, lang)
        offer_table(book, example, lang)
        changes = [example]
    trial = what_if(scored, changes)
    tried = Tried("change", handle, changes=tuple(changes))
    show_trial(book, scored, tried, trial, trial_rows(scored, trial, LATER["changed"], lang), lang, example)
    return None if example is None else how_to_change(book, example, lang)


def allot_hours(book: Book, lang: Lang) -> None:
    """Ask for the hours of a year (today's total is offered), allot them, and show list and ごひいき先.

    Raises
    ------
    Refusal
        For hours that are no number, or data that cannot carry an allocation.
    """
    from engine.planning.allocation import allocate, current_hours

    scored, handle = run_of(book)
    now = current_hours(scored)
    question = Text(
        "1年間に顧客へ配る時間の合計を入れてください(最初の値は、今の接点の合計です)",
        "How many hours of a year shall be allotted? (Offered: today's total of the contacts)",
    )
    typed = book.ask(question.to(lang), "" if now is None else f"{float(now.sum()):g}")
    if typed is None or not typed.strip():
        return
    found = allocate(scored, _read_hours(typed))
    money = formats.money_format(scored.digits)
    patterns = ("", formats.SCORE, formats.SCORE, formats.SCORE, money, "")
    present(book, HOURS_MARK, HOURS_SHEET, _write_hour_rows(scored, found, handle, lang), lang, patterns)


def _read_hours(typed: str) -> float:
    """Return hours as people write them, in any width: １,２００時間."""
    read = parse_amount(typed.strip().removesuffix("時間").removesuffix("h"))
    if read is None or isinstance(read, Fault):
        raise Refusal(
            "argument",
            f"時間「{typed}」は数で書いてください(例: 1200)",
            f'the hours "{typed}" are no number (such as 1200)',
        )
    return float(read.number)


def _write_hour_rows(scored: Portfolio, found: Allocation, handle: str, lang: Lang) -> list[list[Cell]]:
    """Return what the hours bring, who gets too many or too few, and the rows of PORTFOLIO_ALLOCATE with that verdict."""
    now = NOT_AVAILABLE.to(lang) if found.value_now is None else scored.money(found.value_now, lang)
    said: list[tuple[Text, Cell]] = [
        (HOURS_SHEET, None),
        (Text("実行ID", "Run"), handle),
        (Text("目的", "Objective"), words.label("objectives", found.objective, lang)),
        (Text("配る時間(年)", "Hours of a year"), found.capacity),
        (Text("今の配分で動く額", "Moved by today's hours"), now),
        (Text("推奨の配分で動く額", "Moved by the recommended hours"), scored.money(found.value, lang)),
        (Text("あと1時間の価値", "One more hour brings"), scored.money(found.one_more_hour, lang)),
        *((Text("注記", "Note"), note.to(lang)) for note in found.notes),
    ]
    rows = cast("list[list[Cell]]", allotted_rows(scored, found, lang))
    verdicts: dict[int, Cell] = {at: _VISITED["over"].to(lang) for at in found.over}
    verdicts |= {at: _VISITED["under"].to(lang) for at in found.under}
    told = [verdicts.get(at) for at in found.order.tolist()]
    header = [*rows[0], Text("判定", "Verdict").to(lang)]
    table = [[*row, verdict] for row, verdict in zip(rows[1:], [*told, None], strict=True)]
    return [*([item.to(lang), value] for item, value in said), [], header, *table]


def cases(book: Book, lang: Lang) -> Text | None:
    """Save what stands on 試算 as a case under a name, or set the saved cases side by side.

    Raises
    ------
    Refusal
        Where there is nothing to save, or no case to compare.
    """
    scored, _ = run_of(book)
    choices = {"save": Text("今の試算を案として保存", "Save the current what-if as a case"),
               "compare": Text("保存した案を並べて比べる", "Compare the saved cases")}  # fmt: skip
    has_trial, kept = tried_in(book) is not None, _read_saved_cases(book)
    offered = "save" if has_trial else "compare"
    wanted = choice_of(book, Text("どちらにしますか", "Which?"), choices, lang, offered)
    if wanted == "save":
        return _save_trial_case(book, scored, kept, lang)
    if wanted == "compare":
        _compare_saved_cases(book, scored, kept, lang)
    return None


def _save_trial_case(book: Book, scored: Portfolio, kept: Sequence[Case], lang: Lang) -> Text | None:
    from dataclasses import replace

    from engine.planning.what_if import save_case

    tried = tried_in(book)
    if tried is None:
        raise Refusal(
            "argument",
            "保存する試算がありません。「失注を試す」か「条件を変える」を先に押してください",
            "there is no what-if to save; press Lose customers or Change values first",
        )
    typed = book.ask(
        Text("この案の名前を入れてください", "What shall this case be called?").to(lang), _propose_case_name(kept, lang)
    )
    name = (typed or "").strip()
    if not name:
        return None
    again = Text(f"案「{name}」はすでにあります。置き換えますか?", f'The case "{name}" is there already. Replace it?')
    if any(case.name == name for case in kept) and not book.confirm(again.to(lang)):
        return None
    made = save_case(scored, name, tried.lost, tried.recovery, tried.changes)
    made = replace(made, result=())  # a case is tried anew where it is compared; a cell has room for its question only
    if len(made.to_json()) > _LONGEST:
        raise Refusal(
            "argument",
            "この案は長すぎてセルに入りません。変更の行か、失う顧客の数を減らしてください",
            "this case is too long for a cell; change or lose fewer customers",
        )
    _write_saved_cases(book, scored, [*(case for case in kept if case.name != name), made], lang)
    return Text(
        f"案「{name}」を保存しました(シート「{CASES_SHEET.ja}」)。もう一度押すと、保存した案を比べられます。",
        f'The case "{name}" is saved (sheet "{CASES_SHEET.en}"). Press again to compare the saved cases.',
    )


def _propose_case_name(kept: Sequence[Case], lang: Lang) -> str:
    names = {case.name for case in kept}
    number = 1
    while (name := Text(f"案{number}", f"Case {number}").to(lang)) in names:
        number += 1
    return name


def _write_saved_cases(book: Book, scored: Portfolio, kept: Sequence[Case], lang: Lang) -> None:
    rows: list[list[Cell]] = [[text.to(lang) for text in _CASE_HEADER]]
    rows += [[case.name, case.run, _word_case_summary(scored, case, lang), case.to_json()] for case in kept]
    if not present(book, CASES_MARK, CASES_SHEET, rows, lang):
        raise Refusal(
            "argument",
            f"シート「{CASES_SHEET.ja}」にほかの内容があります。名前を変えてから、もう一度押してください",
            f'the sheet "{CASES_SHEET.en}" holds something else; rename it and press again',
        )


def _word_case_summary(scored: Portfolio, case: Case, lang: Lang) -> str:
    """Return in a line what a case tries; a lost customer that this run does not know is called by its ID."""
    names = dict(zip(scored.frame["customer_id"].astype(str), scored.frame["name"].astype(str), strict=True))
    lost = [names.get(each, each) for each in case.lost[:3]]
    more = len(case.lost) - len(lost)
    said = []
    if lost:
        which = "、".join(lost) + (f"ほか{more}社" if more else "")
        which_en = ", ".join(lost) + (f" and {more} more" if more else "")
        said.append(Text(f"失注: {which}(回復率 {case.recovery})", f"Lost: {which_en} (recovery {case.recovery})"))
    said += [Text(*[f"{each.target}・{each.item}・{each.change}"] * 2) for each in case.changes[:3]]
    if len(case.changes) > 3:
        said.append(Text(f"ほか{len(case.changes) - 3}件", f"and {len(case.changes) - 3} more"))
    return " / ".join(text.to(lang) for text in said)


def _read_saved_cases(book: Book) -> list[Case]:
    """Return the saved cases.

    Raises
    ------
    Refusal
        `unreadable`, naming the case, where its data were changed.
    """
    from engine.planning.what_if import Case

    block = book.block(CASES_MARK)
    found = []
    for row in () if block is None else block.rows[1:]:
        if not row[-1]:
            continue  # a row that the user has emptied
        try:
            found.append(Case.from_json(str(row[-1])))
        except Refusal as refusal:
            raise Refusal(
                "unreadable",
                f"案「{row[0]}」のデータが変わっていて読めません。シート「{CASES_SHEET.ja}」のその行を消してください",
                f'the data of the case "{row[0]}" were changed; clear its row on the sheet "{CASES_SHEET.en}"',
            ) from refusal
    return found


def _compare_saved_cases(book: Book, scored: Portfolio, kept: Sequence[Case], lang: Lang) -> None:
    from engine.planning.what_if import compare_cases

    if not kept:
        raise Refusal(
            "argument",
            "保存した案がありません。試算をしてから「今の試算を案として保存」を選んでください",
            "no case is saved yet; try something first and save it as a case",
        )
    beside = compare_cases(scored, kept)
    patterns = ("", "", *[formats.VARIOUS] * len(beside.names))
    present(book, COMPARED_MARK, COMPARED_SHEET, _write_compared_rows(scored, beside, lang), lang, patterns)


def _write_compared_rows(scored: Portfolio, beside: Comparison, lang: Lang) -> list[list[Cell]]:
    header: list[Cell] = [
        Text("指標", "Measure").to(lang),
        Text("単位", "Unit").to(lang),
        *(name.to(lang) for name in beside.names),
    ]
    rows = [header]
    for row in beside.rows:
        divisor = 10**scored.digits if row.unit == "money" else 1
        sides = [spills.trial_figure(value, divisor, lang) for value in row.sides]
        rows.append([row.item.to(lang), unit_text(row.unit, scored, lang), *sides])
    rows += [[Text("注記", "Note").to(lang), None, note.to(lang)] for note in beside.notes]
    return rows


ACTIONS: Final[dict[str, Action]] = {
    "lose": lose,
    "change": change,
    "allocate": allot_hours,
    "cases": cases,
}
