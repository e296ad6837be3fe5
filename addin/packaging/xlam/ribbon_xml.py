"""The ribbon's XML, in the form of Office 2007 and in that of Office 2010 and later, from `addin.tab.tab`.

Words are not in the XML: the callbacks ask for them, so that one file serves Japanese and English.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from addin.tab.tab import GROUPS

CUSTOM_UI: Final = "http://schemas.microsoft.com/office/2006/01/customui"
CUSTOM_UI_14: Final = "http://schemas.microsoft.com/office/2009/07/customui"

_MODULE: Final = "PortfolioRibbon"


def ribbon_xml(namespace: str) -> bytes:
    """Return the customUI part for `namespace`; both versions differ in nothing else."""
    root = ET.Element("customUI", xmlns=namespace, onLoad=f"{_MODULE}.PortfolioLoaded")
    tab = _add_ribbon_element(ET.SubElement(ET.SubElement(root, "ribbon"), "tabs"), "tab", "portfolio")
    for group in GROUPS:
        parent = _add_ribbon_element(tab, "group", group.key)
        for position, button in enumerate(group.buttons):
            if position and group.buttons[position - 1].large:
                # A large button stands for itself; without a line the small ones would look like parts of it.
                ET.SubElement(parent, "separator", id=f"{button.key}_line")
            _add_ribbon_element(
                parent,
                "button",
                button.key,
                getEnabled=f"{_MODULE}.PortfolioEnabled",
                getScreentip=f"{_MODULE}.PortfolioLabel",
                getSupertip=f"{_MODULE}.PortfolioTip",
                imageMso=button.image,
                size="large" if button.large else "normal",
                onAction=f"{_MODULE}.PortfolioPress",
            )
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text


def _add_ribbon_element(parent: ET.Element, kind: str, key: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, kind, {"id": key, "getLabel": f"{_MODULE}.PortfolioLabel", **attributes})
