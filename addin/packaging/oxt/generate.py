"""The extension's texts, generated from the register of worksheet functions.

Calc learns of a function from three places that must agree: the type library (compiled from `idl`), the configuration
(`configuration`: the name in the sheet and the help texts) and the component (`manifest of functions`, read at run
time).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from addin.packaging.oxt import menu
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from addin.functions.registry import WorksheetFunction

MODULE: Final = "customerportfolio"
SERVICE: Final = f"{MODULE}.Functions"
IMPLEMENTATION: Final = f"{MODULE}.FunctionsImplementation"
IDENTIFIER: Final = f"{MODULE}.calc"
OLDEST_OFFICE: Final = "25.2"  # the first that maps the plain names of an .xlsx to an add-in's functions
TITLE: Final = Text("顧客ポートフォリオ", "Customer portfolio")
COMPONENT_FILE: Final = "portfolio_component.py"
BUTTONS_FILE: Final = "portfolio_buttons.py"

_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def method_name(name: str) -> str:
    """Return the name of a function's method in the type library.

    >>> method_name("PORTFOLIO_SEGMENT")
    'portfolioSegment'
    """
    first, *rest = name.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def idl(functions: Iterable[WorksheetFunction]) -> str:
    """Return the interface in UNO's interface language.

    The first parameter, a property set, is filled by Calc with the calling document and hidden from the user. All
    others are `any`, so that a cell, a range and a missing argument all get through to our own coercion. The answer
    is always a matrix: Calc shows its first cell where the formula is no array formula.
    """
    lines = [
        "// Generated from addin/functions/registry.py by addin.packaging.oxt.typelib; do not edit.",
        f"module {MODULE} {{",
        "",
        "interface XFunctions {",
    ]
    for function in functions:
        parameters = ["[in] com::sun::star::beans::XPropertySet caller"]
        parameters += [f"[in] any {parameter_name(argument.name)}" for argument in function.arguments]
        lines.append(f"    sequence< sequence< any > > {method_name(function.name)}(")
        lines.append(",\n".join(f"        {parameter}" for parameter in parameters) + ");")
    lines += ["};", "", "};", ""]
    return "\n".join(lines)


def parameter_name(name: str) -> str:
    """Return a parameter's name as the interface language allows it: `from_run` as `fromRun`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def configuration(functions: Iterable[WorksheetFunction]) -> str:
    """Return CalcAddIns.xcu: each function's name in the sheet and its help in both languages."""
    nodes = "".join(_write_function_node(function) for function in functions)
    return (
        f'{_XML}<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" oor:name="CalcAddIns" oor:package="org.openoffice.Office">\n'
        f' <node oor:name="AddInInfo">\n  <node oor:name="{SERVICE}" oor:op="replace">\n'
        f'   <node oor:name="AddInFunctions">\n{nodes}   </node>\n  </node>\n </node>\n</oor:component-data>\n'
    )


def _write_function_node(function: WorksheetFunction) -> str:
    arguments = "".join(
        f'      <node oor:name={quoteattr(parameter_name(argument.name))} oor:op="replace">\n'
        + _write_language_property("DisplayName", argument.label, 7)
        + _write_language_property("Description", Text(argument.ja, argument.en), 7)
        + "      </node>\n"
        for argument in function.arguments
    )
    name = Text(function.name, function.name)
    return (
        f'    <node oor:name={quoteattr(method_name(function.name))} oor:op="replace">\n'
        + _write_language_property("DisplayName", name, 5)
        + _write_language_property("CompatibilityName", name, 5)
        + _write_language_property("Description", Text(function.ja, function.en), 5)
        + '     <prop oor:name="Category"><value>Add-In</value></prop>\n'
        + f'     <node oor:name="Parameters">\n{arguments}     </node>\n    </node>\n'
    )


def _write_language_property(name: str, text: Text, indent: int) -> str:
    values = "".join(
        f'<value xml:lang="{lang}">{escape(words)}</value>' for lang, words in (("en", text.en), ("ja", text.ja))
    )
    return f'{" " * indent}<prop oor:name="{name}">{values}</prop>\n'


def function_list(functions: Iterable[WorksheetFunction]) -> str:
    """Return what the component needs to know of each function: method, name, and the place of `[run]` (or null).

    Of two runs the last is the one for which the workbook's PF_RUN stands in.
    """
    entries = {}
    for function in functions:
        places = [place for place, argument in enumerate(function.arguments) if argument.kind == "run"]
        entries[method_name(function.name)] = {"name": function.name, "run": places[-1] if places else None}
    return json.dumps(entries, indent=1) + "\n"


def components() -> str:
    """Return the file that registers the Python components under our own services only.

    The service `com.sun.star.sheet.AddIn` is left out on purpose: Calc would create the component at its own start.
    """
    parts = "".join(
        f' <component loader="com.sun.star.loader.Python" uri="{file}">\n'
        f'  <implementation name="{implementation}">\n   <service name="{service}"/>\n  </implementation>\n'
        " </component>\n"
        for file, implementation, service in (
            (COMPONENT_FILE, IMPLEMENTATION, SERVICE),
            (BUTTONS_FILE, menu.BUTTONS_IMPLEMENTATION, menu.BUTTONS),
        )
    )
    return f'{_XML}<components xmlns="http://openoffice.org/2010/uno-components">\n{parts}</components>\n'


def manifest() -> str:
    """Return META-INF/manifest.xml."""
    entries = {
        "functions.rdb": "application/vnd.sun.star.uno-typelibrary;type=RDB",
        "portfolio.components": "application/vnd.sun.star.uno-components",
        "CalcAddIns.xcu": "application/vnd.sun.star.configuration-data",
        "Addons.xcu": "application/vnd.sun.star.configuration-data",
        "CalcWindowState.xcu": "application/vnd.sun.star.configuration-data",
        "ProtocolHandler.xcu": "application/vnd.sun.star.configuration-data",
    }
    lines = "".join(
        f' <manifest:file-entry manifest:media-type="{kind}" manifest:full-path="{path}"/>\n'
        for path, kind in entries.items()
    )
    return (
        f'{_XML}<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">\n{lines}</manifest:manifest>\n'
    )


def description(version: str) -> str:
    """Return description.xml for this version of the product."""
    names = "".join(
        f'  <name lang="{lang}">{escape(words)}</name>\n' for lang, words in (("en", TITLE.en), ("ja", TITLE.ja))
    )
    return (
        f'{_XML}<description xmlns="http://openoffice.org/extensions/description/2006" '
        'xmlns:dep="http://openoffice.org/extensions/description/2006" '
        'xmlns:lo="http://libreoffice.org/extensions/description/2011">\n'
        f' <identifier value="{IDENTIFIER}"/>\n <version value={quoteattr(version)}/>\n'
        f" <display-name>\n{names} </display-name>\n"
        " <dependencies>\n"
        f'  <lo:LibreOffice-minimal-version value="{OLDEST_OFFICE}" dep:name="LibreOffice {OLDEST_OFFICE}"/>\n'
        " </dependencies>\n</description>\n"
    )
