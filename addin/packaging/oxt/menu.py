"""The menu and the toolbar of the Calc extension, generated from the ribbon's groups."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from addin.tab.tab import GROUPS, TAB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from addin.tab.tab import Button, Group
    from engine.language.errors import Text

BUTTONS: Final = "customerportfolio.Buttons"  # the service that answers the commands
BUTTONS_IMPLEMENTATION: Final = f"{BUTTONS}Implementation"
PROTOCOL: Final = "customerportfolio:"
CONTEXT: Final = "com.sun.star.sheet.SpreadsheetDocument"
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACES: Final = 'xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'


def addons(groups: Iterable[Group] = GROUPS) -> str:
    """Return Addons.xcu: one menu with a submenu per group, and one toolbar with the large buttons.

    The toolbar has no icons (Office's own belong to Excel), so that all buttons in a row would not fit a screen.
    """
    listed = tuple(groups)
    menu = "".join(
        _write_replace_node(
            f"group{number:02}",
            _write_bilingual_property("Title", group.label)
            + _write_set_node("Submenu", _write_menu_buttons(group.buttons)),
        )
        for number, group in enumerate(listed, 1)
    )
    tools = "".join(_write_menu_buttons(button for group in listed for button in group.buttons if button.large))
    head = _write_bilingual_property("Title", TAB) + _write_text_property("Context", CONTEXT)
    return (
        f'{_XML}<oor:component-data {_NAMESPACES} oor:name="Addons" oor:package="org.openoffice.Office">\n'
        '<node oor:name="AddonUI">\n'
        f'<node oor:name="OfficeMenuBar">\n{_write_replace_node(f"{BUTTONS}.menu", head + _write_set_node("Submenu", [menu]))}</node>\n'
        f'<node oor:name="OfficeToolBar">\n{_write_replace_node(f"{BUTTONS}.toolbar", tools)}</node>\n'
        "</node>\n</oor:component-data>\n"
    )


def window_state() -> str:
    """Return CalcWindowState.xcu: the toolbar's name in the list of toolbars."""
    name = quoteattr(f"private:resource/toolbar/addon_{BUTTONS}.toolbar")
    shown = "".join(
        f'<prop oor:name="{key}" oor:type="xs:boolean"><value>true</value></prop>\n' for key in ("Docked", "Visible")
    )
    return (
        f'{_XML}<oor:component-data {_NAMESPACES} oor:name="CalcWindowState" oor:package="org.openoffice.Office.UI">\n'
        '<node oor:name="UIElements">\n<node oor:name="States">\n'
        f'<node oor:name={name} oor:op="fuse">\n{_write_bilingual_property("UIName", TAB)}{shown}</node>\n'
        "</node>\n</node>\n</oor:component-data>\n"
    )


def handler() -> str:
    """Return ProtocolHandler.xcu: whose service answers the commands of the menu."""
    patterns = f'<prop oor:name="Protocols" oor:type="oor:string-list"><value>{PROTOCOL}*</value></prop>\n'
    return (
        f'{_XML}<oor:component-data {_NAMESPACES} oor:name="ProtocolHandler" oor:package="org.openoffice.Office">\n'
        f'<node oor:name="HandlerSet">\n{_write_replace_node(BUTTONS, patterns)}</node>\n</oor:component-data>\n'
    )


def button_list(groups: Iterable[Group] = GROUPS) -> str:
    """Return what the component needs to know of each button: its key, and what must be there to press it."""
    return json.dumps({button.key: button.needs for group in groups for button in group.buttons}, indent=1) + "\n"


def _write_menu_buttons(buttons: Iterable[Button]) -> Iterator[str]:
    """Return the entry of each button.

    LibreOffice shows entries in the order of their nodes' names, the shorter name first: all are of one length here.
    """
    for number, button in enumerate(buttons, 1):
        yield _write_replace_node(
            f"button{number:02}",
            _write_text_property("URL", f"{PROTOCOL}{button.key}")
            + _write_bilingual_property("Title", button.label)
            + _write_text_property("Target", "_self")
            + _write_text_property("Context", CONTEXT),
        )


def _write_replace_node(name: str, inside: str) -> str:
    return f'<node oor:name={quoteattr(name)} oor:op="replace">\n{inside}</node>\n'


def _write_set_node(name: str, nodes: Iterable[str]) -> str:
    return f"<node oor:name={quoteattr(name)}>\n{''.join(nodes)}</node>\n"


def _write_text_property(name: str, text: str) -> str:
    return f'<prop oor:name="{name}" oor:type="xs:string"><value>{escape(text)}</value></prop>\n'


def _write_bilingual_property(name: str, text: Text) -> str:
    values = "".join(f'<value xml:lang="{lang}">{escape(text.to(lang))}</value>' for lang in ("en", "ja"))
    return f'<prop oor:name="{name}" oor:type="xs:string">{values}</prop>\n'
