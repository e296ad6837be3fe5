"""The parts of the add-in's workbook, and the zip that holds them ([ECMA-376]; [MS-OFFMACRO2] for the VBA part)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["xlam", "xlsm"]

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE_RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_CORE: Final = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"

_WORKBOOK_TYPES: Final[dict[Kind, str]] = {
    "xlam": "application/vnd.ms-excel.addin.macroEnabled.main+xml",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
}
_VBA_RELATIONSHIP: Final = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_UI_RELATIONSHIP: Final = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
_UI_14_RELATIONSHIP: Final = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: equal content gives equal bytes


@dataclass(frozen=True)
class Sheet:
    """A worksheet of texts: its name, and rows of cells from A1 on."""

    name: str
    rows: Sequence[Sequence[str]]


def package(
    sheets: Sequence[Sheet], vba_project: bytes, ribbon: bytes, ribbon_14: bytes, title: str, kind: Kind = "xlam"
) -> bytes:
    """Return the bytes of the workbook file.

    Parameters
    ----------
    sheets
        The worksheets; the nth has the code name `Sheetn`.
    vba_project
        vbaProject.bin.
    ribbon, ribbon_14
        The customUI parts of Office 2007 and of Office 2010 and later.
    title
        The name under which Excel lists the add-in.
    kind
        `xlam`, or `xlsm` for the twin that can be opened as a workbook.
    """
    parts: dict[str, bytes] = {
        "[Content_Types].xml": _write_content_types(len(sheets), kind),
        "_rels/.rels": _write_relationships(
            {
                "rId1": (f"{_OFFICE_RELATIONSHIPS}/officeDocument", "xl/workbook.xml"),
                "rId2": (f"{_RELATIONSHIPS}/metadata/core-properties", "docProps/core.xml"),
                "rId3": (_UI_RELATIONSHIP, "customUI/customUI.xml"),
                "rId4": (_UI_14_RELATIONSHIP, "customUI/customUI14.xml"),
            }
        ),
        "docProps/core.xml": _write_core_properties(title),
        "xl/workbook.xml": _write_workbook_part(sheets, kind),
        "xl/_rels/workbook.xml.rels": _write_workbook_relationships(len(sheets)),
        "xl/styles.xml": _write_styles_part(),
        "xl/vbaProject.bin": vba_project,
        "customUI/customUI.xml": ribbon,
        "customUI/customUI14.xml": ribbon_14,
    }
    for number, sheet in enumerate(sheets, start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = _write_worksheet_part(sheet, f"Sheet{number}")
    return _zip_package_parts(parts)


def _zip_package_parts(parts: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # the default differs between Windows and the rest, and would show in the bytes
            archive.writestr(entry, data)
    return target.getvalue()


def _serialise_xml_part(root: ET.Element) -> bytes:
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text


def _write_content_types(sheets: int, kind: Kind) -> bytes:
    root = ET.Element("Types", xmlns=_CONTENT_TYPES)
    for extension, content in (
        ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
        ("xml", "application/xml"),
        ("bin", "application/vnd.ms-office.vbaProject"),
    ):
        ET.SubElement(root, "Default", Extension=extension, ContentType=content)
    spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = {
        "/xl/workbook.xml": _WORKBOOK_TYPES[kind],
        "/xl/styles.xml": f"{spreadsheet}.styles+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        **{f"/xl/worksheets/sheet{number}.xml": f"{spreadsheet}.worksheet+xml" for number in range(1, sheets + 1)},
    }
    for part, content in overrides.items():
        ET.SubElement(root, "Override", PartName=part, ContentType=content)
    return _serialise_xml_part(root)


def _write_relationships(relationships: Mapping[str, tuple[str, str]]) -> bytes:
    root = ET.Element("Relationships", xmlns=_RELATIONSHIPS)
    for identifier, (kind, target) in relationships.items():
        ET.SubElement(root, "Relationship", Id=identifier, Type=kind, Target=target)
    return _serialise_xml_part(root)


def _write_workbook_relationships(sheets: int) -> bytes:
    found = {
        f"rId{number}": (f"{_OFFICE_RELATIONSHIPS}/worksheet", f"worksheets/sheet{number}.xml")
        for number in range(1, sheets + 1)
    }
    found[f"rId{sheets + 1}"] = (f"{_OFFICE_RELATIONSHIPS}/styles", "styles.xml")
    found[f"rId{sheets + 2}"] = (_VBA_RELATIONSHIP, "vbaProject.bin")
    return _write_relationships(found)


def _write_core_properties(title: str) -> bytes:
    root = ET.Element("cp:coreProperties", {"xmlns:cp": _CORE, "xmlns:dc": "http://purl.org/dc/elements/1.1/"})
    ET.SubElement(root, "dc:title").text = title
    ET.SubElement(root, "dc:creator").text = "The Customer Portfolio developers"
    return _serialise_xml_part(root)


def _write_workbook_part(sheets: Sequence[Sheet], kind: Kind) -> bytes:
    root = ET.Element("workbook", {"xmlns": _MAIN, "xmlns:r": _OFFICE_RELATIONSHIPS})
    ET.SubElement(root, "workbookPr", codeName="ThisWorkbook")
    views = ET.SubElement(root, "bookViews")
    ET.SubElement(views, "workbookView", {"visibility": "hidden"} if kind == "xlam" else {})
    listed = ET.SubElement(root, "sheets")
    for number, sheet in enumerate(sheets, start=1):
        ET.SubElement(listed, "sheet", {"name": sheet.name, "sheetId": str(number), "r:id": f"rId{number}"})
    return _serialise_xml_part(root)


def _write_worksheet_part(sheet: Sheet, code_name: str) -> bytes:
    root = ET.Element("worksheet", xmlns=_MAIN)
    ET.SubElement(root, "sheetPr", codeName=code_name)
    data = ET.SubElement(root, "sheetData")
    for number, cells in enumerate(sheet.rows, start=1):
        row = ET.SubElement(data, "row", r=str(number))
        for column, text in zip("ABCDEFGHIJ", cells, strict=False):
            cell = ET.SubElement(row, "c", r=f"{column}{number}", t="inlineStr")
            ET.SubElement(ET.SubElement(cell, "is"), "t", {"xml:space": "preserve"}).text = text
    return _serialise_xml_part(root)


def _write_styles_part() -> bytes:
    """Return the smallest style sheet that Excel accepts: one font, the two fills it counts on, a border, a style."""
    root = ET.Element("styleSheet", xmlns=_MAIN)
    font = ET.SubElement(ET.SubElement(root, "fonts", count="1"), "font")
    ET.SubElement(font, "sz", val="11")
    ET.SubElement(font, "name", val="Calibri")
    fills = ET.SubElement(root, "fills", count="2")
    for pattern in ("none", "gray125"):
        ET.SubElement(ET.SubElement(fills, "fill"), "patternFill", patternType=pattern)
    ET.SubElement(ET.SubElement(root, "borders", count="1"), "border")
    plain = {"numFmtId": "0", "fontId": "0", "fillId": "0", "borderId": "0"}
    ET.SubElement(ET.SubElement(root, "cellStyleXfs", count="1"), "xf", plain)
    ET.SubElement(ET.SubElement(root, "cellXfs", count="1"), "xf", {**plain, "xfId": "0"})
    styles = ET.SubElement(root, "cellStyles", count="1")
    ET.SubElement(styles, "cellStyle", name="Normal", xfId="0", builtinId="0")
    return _serialise_xml_part(root)
