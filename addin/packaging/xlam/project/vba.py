"""The text of every VBA module in the add-in: wrappers generated from the register, our own modules, and xlwings' own.

Decision 0030: why the wrappers are ours and not xlwings' generator's.
Decision 0183: why Excel waits patiently while a button works.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from addin.packaging.xlam.project.lint import problems
from addin.packaging.xlam.project.ovba import DOCUMENT_BASES, Module
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from addin.functions.registry import WorksheetFunction

# Also the name of the user's configuration file: %USERPROFILE%\.portfolio\portfolio.conf
PROJECT_NAME: Final = "portfolio"
UDF_MODULE: Final = "addin.udfs"

_OWN: Final = ("PortfolioServer", "PortfolioTexts", "PortfolioRibbon", "PortfolioLinks")
_DLL: Final = re.compile(r"xlwings(?:32|64)-([0-9.]+)\.dll")
_CONFIGURATION: Final = r"%USERPROFILE%\.portfolio\portfolio.conf"
_SERVER_FAILED: Final = Text(
    "#PF 内部: 計算サーバー(Python)に接続できません。「更新」を押してください。直らなければ、設定ファイル "
    f"{_CONFIGURATION} の INTERPRETER_WIN を確かめてください",
    "#PF Internal: the calculation server (Python) cannot be reached. Press Refresh; if that does not help, check "
    f"INTERPRETER_WIN in {_CONFIGURATION}",
)
_PRESS_FAILED: Final = Text(
    "計算サーバー(Python)に接続できませんでした。もう一度押してください。直らなければ、設定ファイル "
    f"{_CONFIGURATION} の INTERPRETER_WIN を確かめてください。",
    "The calculation server (Python) could not be reached. Press again; if that does not help, check "
    f"INTERPRETER_WIN in {_CONFIGURATION}.",
)


def modules(functions: Sequence[WorksheetFunction], sheets: int) -> tuple[Module, ...]:
    """Return all modules of the add-in's VBA project, document modules first.

    Parameters
    ----------
    functions
        The worksheet functions to wrap.
    sheets
        How many worksheets the add-in has: each needs a document module.

    Raises
    ------
    ValueError
        When the lint finds a problem; the message lists them all.
    """
    own = [
        _make_document_module("ThisWorkbook", "workbook", _read_own_module("ThisWorkbook.bas")),
        *(_make_document_module(f"Sheet{number}", "worksheet", "") for number in range(1, sheets + 1)),
        _write_functions_module(functions),
        _write_descriptions_module(functions),
        *(Module(name, "standard", _fill_xlwings_version(_read_own_module(f"{name}.bas"))) for name in _OWN),
    ]
    foreign = third_party_modules()
    found = [sentence for module in own for sentence in problems(module)]
    found += [sentence for module in foreign for sentence in problems(module, ours=False)]
    if found:
        raise ValueError("the VBA text would not compile: " + "; ".join(found))
    return (*own, *foreign)


def third_party_modules() -> tuple[Module, Module]:
    """Return xlwings' own add-in module (BSD 3-clause) and Tim Hall's Dictionary class (MIT), licence headers kept.

    Both are taken from the installed wheel, so that the module and the DLL that it names are of one version. Changed
    are only the project's name and, for the module, `Option Private Module`: its helpers shall not be offered as
    worksheet functions.

    Raises
    ------
    ValueError
        When the wheel's text no longer has the places that are changed here, or names another version's DLL.
    """
    text = _read_xlwings_text("xlwings_custom_addin.bas")
    bound, installed = set(_DLL.findall(text)), version("xlwings")
    if bound != {installed}:
        raise ValueError(f"xlwings {installed} is installed, but its VBA module loads the DLL of {sorted(bound)}")
    name = 'Attribute VB_Name = "xlwings"\r\n'
    text = _replace_exactly_once(text, name, f"{name}Option Private Module\r\n")
    text = _replace_exactly_once(
        text, 'PROJECT_NAME As String = "myaddin"', f'PROJECT_NAME As String = "{PROJECT_NAME}"'
    )
    dictionary = _strip_class_header(_read_xlwings_text("addin/Dictionary.cls"))
    return Module("xlwings", "standard", text), Module("Dictionary", "class", dictionary)


def function_texts(functions: Iterable[WorksheetFunction]) -> tuple[tuple[str, Text], ...]:
    """Return the help of every function as keyed texts, for the sheet that `PortfolioText` reads."""
    found: list[tuple[str, Text]] = [("server.failed", _SERVER_FAILED), ("ribbon.failed", _PRESS_FAILED)]
    for function in functions:
        found.append((function.name, Text(function.ja, function.en)))
        found.append((f"{function.name}.category", function.category))
        for number, argument in enumerate(function.arguments, start=1):
            text = Text(f"{argument.label.ja}: {argument.ja}"[:255], f"{argument.label.en}: {argument.en}"[:255])
            found.append((f"{function.name}.{number}", text))
    return tuple(found)


def wrapper(function: WorksheetFunction) -> str:
    """Return the VBA function that hands a worksheet function's arguments and its caller to Python.

    The caller goes twice: as Excel's `Application.Caller`, and as `Nothing` in the place of the Python argument
    `caller`, which xlwings fills from the former. The workbook is always this add-in, so that xlwings never looks
    into the user's.
    """
    names = [argument.name for argument in function.arguments]
    declared = ", ".join(f"Optional {each.name}" if each.optional else each.name for each in function.arguments)
    passed = ", ".join([*names, "Nothing"])
    return _join_vba_lines(
        f"Public Function {function.name}({declared}) As Variant",
        "    On Error GoTo failed",
        f'    {function.name} = PortfolioPython.CallUDF("{UDF_MODULE}", "{function.name}", _',
        f"        Array({passed}), ThisWorkbook, Application.Caller)",
        "    Exit Function",
        "failed:",
        f"    {function.name} = PortfolioFailed()",
        "End Function",
    )


def _write_functions_module(functions: Iterable[WorksheetFunction]) -> Module:
    head = _join_vba_lines(
        'Attribute VB_Name = "PortfolioFunctions"',
        "Option Explicit",
        "' Generated from the register of worksheet functions: change it there, not here.",
        "",
    )
    return Module("PortfolioFunctions", "standard", head + "\r\n".join(wrapper(each) for each in functions))


def _write_descriptions_module(functions: Iterable[WorksheetFunction]) -> Module:
    calls = [f'    PortfolioDescribe "{each.name}", {len(each.arguments)}' for each in functions]
    source = _join_vba_lines(
        'Attribute VB_Name = "PortfolioDescriptions"',
        "Option Explicit",
        "Option Private Module",
        "' Generated from the register of worksheet functions: change it there, not here.",
        "",
        "Public Sub PortfolioDescribeAll()",
        *calls,
        "End Sub",
    )
    return Module("PortfolioDescriptions", "standard", source)


def _make_document_module(name: str, base: str, body: str) -> Module:
    """Return a document module: the attribute lines that Excel writes for it ([MS-OVBA] 2.3.4.3), then `body`."""
    head = _join_vba_lines(
        f'Attribute VB_Name = "{name}"',
        f'Attribute VB_Base = "{DOCUMENT_BASES[base]}"',
        "Attribute VB_GlobalNameSpace = False",
        "Attribute VB_Creatable = False",
        "Attribute VB_PredeclaredId = True",
        "Attribute VB_Exposed = True",
        "Attribute VB_TemplateDerived = False",
        "Attribute VB_Customizable = True",
    )
    return Module(name, "document", head + body)


def _strip_class_header(exported: str) -> str:
    """Return an exported class (.cls) as the project stores it: no VERSION block, and the class's own base."""
    _, _, body = exported.partition("END\r\n")
    name, rest = body.split("\r\n", 1)
    if not exported.startswith("VERSION 1.0 CLASS") or not name.startswith("Attribute VB_Name"):
        raise ValueError("the class does not begin like an exported one")
    return _join_vba_lines(name, f'Attribute VB_Base = "{DOCUMENT_BASES["class"]}"') + rest


def _replace_exactly_once(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"the installed xlwings module has {text.count(old)} places like {old.strip()!r}, not one")
    return text.replace(old, new)


def _read_xlwings_text(name: str) -> str:
    return files("xlwings").joinpath(name).read_bytes().decode("cp1252")


def _read_own_module(name: str) -> str:
    text = files("addin.packaging.xlam").joinpath("vba", name).read_text(encoding="ascii")
    return "\r\n".join(text.splitlines()) + "\r\n"


def _fill_xlwings_version(text: str) -> str:
    return text.replace("@XLWINGS_VERSION@", version("xlwings"))


def _join_vba_lines(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)
