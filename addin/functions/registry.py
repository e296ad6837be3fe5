"""The one register of worksheet functions: names, arguments and help, from which every spreadsheet face is generated.

A function is written once, in plain Python (`addin.functions.answers`), and registered with `@worksheet_function`. The
xlwings functions, the VBA wrappers, Calc's type library and configuration and the function reference are all made
from here, so a name or a help text can never differ between two hosts.

Decision 0020: why there is one register and one guard.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from datetime import date

    from engine.language.errors import Lang

ArgumentKind = Literal["table", "names", "word", "words", "number", "run"]
Function = TypeVar("Function", bound=Callable[..., object])

# Excel's limits: Application.MacroOptions cuts or refuses longer texts.
LONGEST_TEXT: Final = 255
LONGEST_NAMES: Final = 254  # all argument names of one function together, with the commas between them
# VBA and every spreadsheet: ASCII, no dots; more than three letters before any digit, or it would read as a cell
# address.
_NAME: Final = re.compile(r"PORTFOLIO(?:_[A-Z]+)+\Z")


@dataclass(frozen=True, slots=True)
class Caller:
    """What a function may know of the workbook that calls it.

    Parameters
    ----------
    lang
        Language of the texts that are returned.
    run
        Value of the workbook's named cell `PF_RUN`: the run that is meant when `[run]` is left out. None without one.
    date1904
        Whether the workbook counts days from 1904, so that serial numbers in its cells mean later dates.
    today
        The day of the call, for a table without any date; None for the computer's own.
    """

    lang: Lang = "ja"
    run: object = None
    date1904: bool = False
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """How an argument is written in help texts.

    Parameters
    ----------
    kind
        `table`: a range with a header row. `names`: one customer or a range of customers. `word`: one word of the
        vocabulary. `words`: several, as a range or in one text. `number`: a number; 0 is a number, a blank is not.
        `run`: a run's handle.
    label
        The argument's name as people read it.
    text
        One sentence of help.
    """

    kind: ArgumentKind
    label: Text
    text: Text


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a worksheet function: its ASCII name, its label, its help and whether it may be left out."""

    name: str
    kind: ArgumentKind
    label: Text
    ja: str
    en: str
    optional: bool


@dataclass(frozen=True, slots=True)
class WorksheetFunction:
    """One worksheet function as every face needs it."""

    name: str
    category: Text
    ja: str
    en: str
    arguments: tuple[Argument, ...]
    call: Callable[..., object]


_register: dict[str, WorksheetFunction] = {}


def worksheet_function(
    *, category: Text, ja: str, en: str, arguments: Mapping[str, Help]
) -> Callable[[Function], Function]:
    """Register the decorated function under its own name.

    Parameters
    ----------
    category
        Group of the function wizard.
    ja, en
        Description, at most 255 characters.
    arguments
        Help for every positional parameter of the function, in the order of its signature. A parameter with a default
        may be left out in the sheet. Beside them the function takes the keyword `caller` (see `Caller`).

    Raises
    ------
    ValueError
        At import, when a name or text breaks a limit of Excel, or the help does not fit the signature.
    """

    def add(function: Function) -> Function:
        register(_describe_function(function, category, Text(ja, en), arguments))
        return function

    return add


def _describe_function(
    function: Callable[..., object], category: Text, text: Text, arguments: Mapping[str, Help]
) -> WorksheetFunction:
    parameters = inspect.signature(function).parameters
    positional = [each for each in parameters.values() if each.kind is each.POSITIONAL_OR_KEYWORD]
    name = function.__name__
    if [each.name for each in positional] != list(arguments):
        raise ValueError(f"{name}: help is for {list(arguments)}, but the signature has {[p.name for p in positional]}")
    if "caller" not in parameters:
        raise ValueError(f"{name}: the keyword parameter `caller` is missing")
    described = tuple(
        Argument(each.name, spoken.kind, spoken.label, *spoken.text, optional=each.default is not each.empty)
        for each, spoken in zip(positional, arguments.values(), strict=True)
    )
    return WorksheetFunction(name, category, text.ja, text.en, described, function)


def register(function: WorksheetFunction) -> None:
    """Check a described function against Excel's limits and add it to the register.

    Raises
    ------
    ValueError
        When a check fails; the message names the function and the limit.
    """
    _check_function_help(function)
    if function.name in _register:
        raise ValueError(f"{function.name}: registered twice")
    _register[function.name] = function


def _check_function_help(function: WorksheetFunction) -> None:
    name = function.name
    if not _NAME.match(name):
        raise ValueError(f"{name}: a name is PORTFOLIO_ and capital letters A to Z, in ASCII")
    texts = [function.ja, function.en, *(text for each in function.arguments for text in (each.ja, each.en))]
    for text in texts:
        if not text or len(text) > LONGEST_TEXT:
            raise ValueError(
                f"{name}: a help text has {len(text)} characters (1 to {LONGEST_TEXT} allowed): {text[:40]}…"
            )
    for names in (
        [each.name for each in function.arguments],
        [each.label.ja for each in function.arguments],
        [each.label.en for each in function.arguments],
    ):
        if len(",".join(names)) > LONGEST_NAMES:
            raise ValueError(f"{name}: the argument names together exceed {LONGEST_NAMES} characters")
        if len(set(names)) != len(names):
            raise ValueError(f"{name}: two arguments share a name")
    optional = [each.optional for each in function.arguments]
    if optional != sorted(optional):
        raise ValueError(f"{name}: a required argument stands behind an optional one")


def functions() -> tuple[WorksheetFunction, ...]:
    """Return every worksheet function, in the order in which they were registered."""
    import addin.functions.answers  # noqa: F401 - importing it fills the register; not at the top, it imports this module

    return tuple(_register.values())


def find(name: str) -> WorksheetFunction:
    """Return the function of that name (any case).

    Raises
    ------
    Refusal
        When there is none; the message lists the names.
    """
    known = {each.name: each for each in functions()}
    found = known.get(name.upper())
    if found is None:
        names = ", ".join(known)
        raise Refusal(
            "argument",
            f"関数「{name}」はありません(使える関数: {names})",
            f'there is no function "{name}" (there are: {names})',
        )
    return found
