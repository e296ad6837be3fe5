"""The register of worksheet functions: names and order are frozen, texts keep within Excel's limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from addin.functions import registry
from addin.functions.registry import Argument, Help, WorksheetFunction, worksheet_function
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from addin.functions.registry import Caller

# Names and argument order are a promise to every workbook out there: this list may only grow.
FROZEN = {
    "PORTFOLIO_RUN": [
        *("customers", "orders", "definition"),
        *("contacts", "surveys", "costs", "products", "leads"),
        *("plans", "actions", "benchmarks"),
    ],
    "PORTFOLIO_SEGMENT": ["customer", "scheme", "run"],
    "PORTFOLIO_SCORE": ["customer", "axis", "run"],
    "PORTFOLIO_LEVEL": ["customer", "axis", "run"],
    "PORTFOLIO_VALUE": ["customer", "metric", "period", "run"],
    "PORTFOLIO_LTV": ["customer", "years", "rate", "method", "run"],
    "PORTFOLIO_CHURN": ["customer", "days", "run"],
    "PORTFOLIO_STRATEGY": ["customer", "run"],
    "PORTFOLIO_EXPLAIN": ["customer", "axis", "style", "run"],
    "PORTFOLIO_SUMMARY": ["by", "measures", "run"],
    "PORTFOLIO_CONCENTRATION": ["index", "by", "measure", "run"],
    "PORTFOLIO_ALERTS": ["level", "run"],
    "PORTFOLIO_RETENTION": ["kind", "by", "period", "run"],
    "PORTFOLIO_COHORT": ["grain", "measure", "run"],
    "PORTFOLIO_PROFILE": ["customer", "run"],
    "PORTFOLIO_TRACE": ["customer", "axis", "run"],
    "PORTFOLIO_VOICE": ["kind", "by", "run"],
    "PORTFOLIO_PAYBACK": ["by", "run"],
    "PORTFOLIO_NEXT": ["customer", "kind", "top", "run"],
    "PORTFOLIO_LIST": ["filter", "sort", "top", "run"],
    "PORTFOLIO_MAP": ["x", "y", "size", "run"],
    "PORTFOLIO_MOVE": ["from_run", "to_run", "style"],
    "PORTFOLIO_IF_LOST": ["customers", "recovery", "run"],
    "PORTFOLIO_WHATIF": ["changes", "run"],
    "PORTFOLIO_ALLOCATE": ["hours", "objective", "run"],
    "PORTFOLIO_STATUS": ["item", "run"],
    "PORTFOLIO_BACKTEST": ["axis", "horizon", "run"],
}
REQUIRED = {
    "PORTFOLIO_RUN": ["customers"],
    "PORTFOLIO_SEGMENT": ["customer"],
    "PORTFOLIO_SCORE": ["customer"],
    "PORTFOLIO_LEVEL": ["customer", "axis"],
    "PORTFOLIO_VALUE": ["customer", "metric"],
    "PORTFOLIO_LTV": ["customer"],
    "PORTFOLIO_CHURN": ["customer"],
    "PORTFOLIO_STRATEGY": ["customer"],
    "PORTFOLIO_EXPLAIN": ["customer"],
    "PORTFOLIO_PROFILE": ["customer"],
    "PORTFOLIO_TRACE": ["customer"],
    "PORTFOLIO_NEXT": ["customer"],
    "PORTFOLIO_IF_LOST": ["customers"],
    "PORTFOLIO_WHATIF": ["changes"],
    "PORTFOLIO_ALLOCATE": ["hours"],
}
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def described(
    name: str = "PORTFOLIO_TRIAL", text: str = "x", arguments: tuple[Argument, ...] = ()
) -> WorksheetFunction:
    return WorksheetFunction(name, Text("組", "group"), text, "text", arguments, lambda: None)


def argument(name: str, label: str = "", text: str = "x", *, optional: bool = True) -> Argument:
    return Argument(name, "word", Text(label or name, label or name), text, "text", optional)


def test_names_and_argument_order_are_the_frozen_ones() -> None:
    assert {each.name: [one.name for one in each.arguments] for each in registry.functions()} == FROZEN


def test_only_what_no_default_can_stand_for_is_required() -> None:
    required = {
        each.name: [one.name for one in each.arguments if not one.optional]
        for each in registry.functions()
        if not all(one.optional for one in each.arguments)
    }
    assert required == REQUIRED


@pytest.mark.parametrize("function", registry.functions(), ids=lambda each: each.name)
def test_texts_are_japanese_and_english_and_within_excels_limits(function: WorksheetFunction) -> None:
    pairs = [(function.ja, function.en), function.category, *((one.ja, one.en) for one in function.arguments)]
    for japanese, english in pairs:
        assert JAPANESE.search(japanese)
        assert not JAPANESE.search(english)
        assert max(len(japanese), len(english)) <= 255
    assert len(",".join(one.name for one in function.arguments)) <= 254
    assert all(one.name.isascii() for one in function.arguments)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (described("PORTFOLIO_RFM1"), "capital letters"),
        (described("SEGMENT"), "capital letters"),
        (described("PORTFOLIO.SEGMENT"), "capital letters"),
        (described(text="あ" * 256), "256 characters"),
        (described(text=""), "0 characters"),
        (described(arguments=(argument("a", text="x" * 300),)), "300 characters"),
        (described(arguments=tuple(argument(f"argument_{place:03}") for place in range(20))), "254"),
        (described(arguments=(argument("a"), argument("a"))), "share a name"),
        (described(arguments=(argument("a"), argument("b", optional=False))), "behind an optional"),
        (described("PORTFOLIO_RUN"), "twice"),
    ],
)
def test_a_function_that_a_spreadsheet_could_not_take_fails_at_import(wrong: WorksheetFunction, says: str) -> None:
    before = registry.functions()
    with pytest.raises(ValueError, match=says):
        registry.register(wrong)
    assert registry.functions() == before


def test_help_must_fit_the_signature() -> None:
    word = Help("word", Text("語", "word"), Text("語", "a word"))
    with pytest.raises(ValueError, match="signature"):

        @worksheet_function(category=Text("組", "group"), ja="文", en="text", arguments={"other": word})
        def PORTFOLIO_TRIAL(customer: object = None, *, caller: Caller) -> None:  # noqa: N802 - as in a sheet
            """Do nothing."""

    with pytest.raises(ValueError, match="caller"):

        @worksheet_function(category=Text("組", "group"), ja="文", en="text", arguments={"customer": word})
        def PORTFOLIO_OTHER(customer: object = None) -> None:  # noqa: N802 - as in a sheet
            """Do nothing."""


def test_find_takes_any_case_and_lists_the_names_otherwise() -> None:
    assert registry.find("portfolio_segment").name == "PORTFOLIO_SEGMENT"
    with pytest.raises(Refusal, match="PORTFOLIO_SEGMENT"):
        registry.find("PORTFOLIO_SEGMENTS")
