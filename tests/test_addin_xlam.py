"""The built .xlam, read by other people's readers, and the command that builds it."""

from __future__ import annotations

import hashlib
import posixpath
import re
import subprocess
import sys
import warnings
import zipfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from pyopenvba import ExcelFile
from pyopenvba.integrity import check_file
from pyopenvba.interpreter import parse_module
from python_calamine import CalamineWorkbook

from addin.functions import registry
from addin.packaging.xlam.build import FILE_NAME, xlam_bytes
from addin.packaging.xlam.project import vba
from addin.packaging.xlam.project.lint import problems
from addin.packaging.xlam.project.ovba import Module
from addin.packaging.xlam.ribbon_xml import CUSTOM_UI, CUSTOM_UI_14
from addin.ribbon import dispatch
from addin.tab.tab import GROUPS, texts
from workbooks.commands.command import main

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it still uses pyparsing's old names
    from oletools.olevba import VBA_Parser

SHEETS = 2
CALLBACKS = ("onAction", "onLoad", "getEnabled", "getLabel", "getScreentip", "getSupertip")


@pytest.fixture(scope="module")
def xlam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("xlam") / FILE_NAME
    path.write_bytes(xlam_bytes())
    return path


@pytest.fixture(scope="module")
def modules() -> tuple[Module, ...]:
    return vba.modules(registry.functions(), SHEETS)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


# The file and its parts.


def test_oletools_reads_the_very_source(xlam: Path, modules: tuple[Module, ...]) -> None:
    reader = VBA_Parser(str(xlam))
    try:
        found = {stream.rpartition("/")[2]: code for _, stream, _, code in reader.extract_macros()}
    finally:
        reader.close()
    assert found == {module.name: module.source for module in modules}


def test_pyopenvba_finds_nothing_to_complain_of(xlam: Path, modules: tuple[Module, ...]) -> None:
    assert ExcelFile(xlam).validate() == []
    report = check_file(xlam)
    assert report.ok
    assert report.issues == ()
    project = ExcelFile(xlam).vba_project()
    assert [module.name for module in project.modules] == [module.name for module in modules]
    for module in modules:
        lines = project.get_module(module.name).source.splitlines()
        assert lines == module.source.splitlines()


def test_every_part_has_a_content_type_and_every_relationship_a_target(xlam: Path) -> None:
    files = parts(xlam)
    types = ET.fromstring(files["[Content_Types].xml"])  # noqa: S314 - our own file
    defaults = {each.get("Extension"): each.get("ContentType") for each in types if each.tag.endswith("Default")}
    overrides = {each.get("PartName"): each.get("ContentType") for each in types if each.tag.endswith("Override")}
    for name in files.keys() - {"[Content_Types].xml"}:
        assert f"/{name}" in overrides or name.rpartition(".")[2] in defaults, name
    assert {str(name).lstrip("/") for name in overrides} <= files.keys()
    assert overrides["/xl/workbook.xml"] == "application/vnd.ms-excel.addin.macroEnabled.main+xml"
    for name, data in files.items():
        if name.endswith(".rels"):
            folder = posixpath.dirname(posixpath.dirname(name))
            targets = [str(each.get("Target")) for each in ET.fromstring(data)]  # noqa: S314
            assert all(posixpath.join(folder, target) in files for target in targets)


def test_sheets_have_the_code_names_of_document_modules(xlam: Path, modules: tuple[Module, ...]) -> None:
    files = parts(xlam)
    sheets = [name for name in files if name.startswith("xl/worksheets/")]
    names = {re.search(rb'codeName="(\w+)"', files[name])[1].decode() for name in ("xl/workbook.xml", *sheets)}  # type: ignore[index]
    assert names == {module.name for module in modules if module.kind == "document"}


@pytest.mark.parametrize(("part", "namespace"), [("customUI.xml", CUSTOM_UI), ("customUI14.xml", CUSTOM_UI_14)])
def test_every_callback_is_a_sub_with_the_ribbons_arguments(
    xlam: Path, modules: tuple[Module, ...], part: str, namespace: str
) -> None:
    root = ET.fromstring(parts(xlam)[f"customUI/{part}"])  # noqa: S314
    assert root.tag == f"{{{namespace}}}customUI"
    sources = {module.name: module.source for module in modules}
    called = [(name, each.get(name)) for each in root.iter() for name in CALLBACKS if each.get(name)]
    assert called
    for attribute, callback in called:
        module, _, sub = str(callback).partition(".")
        arguments = re.search(rf"^Public Sub {sub}\((.*)\)\r$", sources[module], re.MULTILINE)
        assert arguments is not None, callback
        assert arguments[1].count(",") == (0 if attribute in {"onAction", "onLoad"} else 1)
    buttons = [each.get("id") for each in root.iter() if each.tag.endswith("button")]
    assert buttons == [button.key for group in GROUPS for button in group.buttons]
    pressed = [each for each in root.iter() if each.tag.endswith("button")]
    assert all(
        {"onAction", "getEnabled", "getLabel", "getSupertip", "imageMso"} <= set(each.keys()) for each in pressed
    )
    lines = [each for each in root.iter() if each.tag.endswith("separator")]
    assert len(lines) == sum(button.large for group in GROUPS for button in group.buttons[:-1])
    identifiers = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(identifiers) == len(set(identifiers))


# Looked up in lists of Office's own control identifiers: a name that Office does not know leaves a blank button.
IMAGES = """
AdvancedFilterDialog Bullets CalendarInsert Camera ChartTypeBarInsertGallery ChartTypeLineInsertGallery
ChartTypeOtherInsertGallery ControlProperties DataValidation Delete ErrorChecking FileOpen FilePrintPreview FileSaveAsPdfOrXps
FileSendAsAttachment FormulaEvaluate FunctionWizard FunctionsDateTimeInsertGallery GetExternalDataFromText
HyperlinkInsert PasteValues PivotTableInsert RefreshAll RemoveDuplicates ReviewHighlightChanges
ReviewProtectWorkbook ReviewShareWorkbook ReviewTrackChanges SmartArtInsert TableInsertExcel TracePrecedents
Undo WhatIfAnalysisMenu WindowSideBySide
"""


def test_every_button_has_an_icon_that_office_knows_and_does_something() -> None:
    buttons = [button for group in GROUPS for button in group.buttons]
    assert {button.image for button in buttons} <= set(IMAGES.split())
    for button in buttons:
        assert callable(dispatch.action(button.key)), button.key
        assert len(button.key) <= 31


def text_rows(path: Path) -> dict[str, list[Any]]:
    """Return the sheet of words as a reader of workbooks sees it."""
    with CalamineWorkbook.from_path(path) as book:
        return {str(key): words for key, *words in book.get_sheet_by_name("texts").to_python()}


def test_every_text_that_the_vba_asks_for_is_there_in_both_languages(xlam: Path, modules: tuple[Module, ...]) -> None:
    rows = text_rows(xlam)
    asked = {key for module in modules for key in re.findall(r'PortfolioText\("([^"]+)"\)', module.source)}
    asked |= {f"ribbon.{group.key}" for group in GROUPS} | {"ribbon.portfolio", *dict(texts())}
    for function in registry.functions():
        asked |= {function.name, f"{function.name}.category"}
        asked |= {f"{function.name}.{number}" for number in range(1, len(function.arguments) + 1)}
    assert asked <= rows.keys()
    for key, words in rows.items():
        assert len(words) == 2, key
        assert all(words), key
        if key.startswith("PORTFOLIO_"):
            assert max(map(len, words)) <= 255, key  # Application.MacroOptions cuts longer texts
    assert re.search(r"[ぁ-ん]", rows["PORTFOLIO_RUN"][0])
    assert rows["PORTFOLIO_RUN"][1].isascii()


def test_building_again_gives_the_same_bytes_also_in_another_process(xlam: Path, tmp_path: Path) -> None:
    first = hashlib.sha256(xlam.read_bytes()).hexdigest()
    assert hashlib.sha256(xlam_bytes()).hexdigest() == first
    script = "import hashlib; from addin.packaging.xlam.build import xlam_bytes; print(hashlib.sha256(xlam_bytes()).hexdigest())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    )
    assert done.stdout.strip() == first


# The VBA text.


def code(module: Module) -> str:
    """Return a module's text without its comment lines."""
    return "\n".join(line for line in module.source.splitlines() if not line.lstrip().startswith("'"))


def test_wrappers_pass_the_caller_and_never_the_active_workbook(modules: tuple[Module, ...]) -> None:
    source = next(module.source for module in modules if module.name == "PortfolioFunctions")
    for function in registry.functions():
        start = source.index(f"Public Function {function.name}(")
        body = source[start : source.index("End Function", start)]
        assert "ThisWorkbook, Application.Caller)" in body
        assert f'CallUDF("{vba.UDF_MODULE}", "{function.name}"' in body
        assert "On Error GoTo failed" in body
        assert "Err.Description" not in body
    own = [code(module) for module in modules if module.name.startswith(("Portfolio", "ThisWorkbook", "Sheet"))]
    assert not any("XLPy(" in text or "XLPy." in text or "RunPython" in text for text in own)
    active = [text for text in own if "ActiveWorkbook" in text]
    assert len(active) == 1  # the ribbon: there the workbook in front is the one that is meant
    assert "PortfolioPress" in active[0]


def test_the_server_command_depends_on_nothing_but_the_users_configuration(modules: tuple[Module, ...]) -> None:
    text = code(next(module for module in modules if module.name == "PortfolioServer"))
    assert "Workbook" not in text
    assert "GetConfig(" not in text
    assert f"xlwings64-{version('xlwings')}.dll" in text
    assert "@" not in text


def test_xlwings_and_the_dictionary_come_from_the_wheel_with_their_licences() -> None:
    module, dictionary = vba.third_party_modules()
    assert "BSD 3-clause license" in module.source
    assert "Zoomer Analytics" in module.source
    assert "Redistributions in binary form must reproduce" in module.source
    assert f'PROJECT_NAME As String = "{vba.PROJECT_NAME}"' in module.source
    assert set(re.findall(r"xlwings(?:32|64)-([0-9.]+)\.dll", module.source)) == {version("xlwings")}
    assert "License: MIT" in dictionary.source
    assert dictionary.source.startswith('Attribute VB_Name = "Dictionary"\r\nAttribute VB_Base = "0{FCFB3D2A')


def test_a_wheel_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vba, "version", lambda name: "0.99.0")
    with pytest.raises(ValueError, match=r"0\.99\.0 is installed.*0\.37"):
        vba.third_party_modules()


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("Public Function RFM1(a)\r\n", "RFM1 as a cell"),
        ("Public Function R1C1(a)\r\n", "R1C1 as a cell"),
        ("Public Sub Loop()\r\n", "Loop is a word"),
        ("Public Function Ok(ByVal String)\r\n", "String is a word"),
        ("Public Function Ok(a, Optional A)\r\n", "twice"),
        ("Private Const 定数 As Long = 1\r\n", "outside ascii"),
        ("Private Sub x()\r\n    Dim next As Long\r\n", "next is a word"),
        (f"Public Sub {'x' * 256}()\r\n", "at most 255"),
        (f"Public Sub Ok({', '.join(f'a{n}x' for n in range(61))})\r\n", "61 arguments"),
        ("Public Sub Ok()\nEnd Sub\n", "CRLF"),
        (f"' {'x' * 1100}\r\n", "characters"),
        ("x = 1 + _\r\n" * 26, "continued"),
    ],
)
def test_the_lint_finds_what_vba_would_refuse(source: str, word: str) -> None:
    assert any(word in sentence for sentence in problems(Module("Ok", "standard", source)))


def test_the_lint_reads_names_as_vba_does() -> None:
    source = (
        "Private WithEvents host As Application\r\n"
        "Public Sub Ok(ByVal key As String, Optional top)\r\n"
        "    Dim a(1 To 2), b As Long\r\n"
    )
    assert problems(Module("Ok", "standard", source)) == ()
    assert problems(Module("zu lang" * 6, "standard", ""))


def test_an_argument_that_is_a_word_of_vba_stops_the_build() -> None:
    function = registry.functions()[0]
    broken = replace(function, arguments=(replace(function.arguments[0], name="next"),))
    with pytest.raises(ValueError, match="next is a word of the VBA language"):
        xlam_bytes([broken])


def test_another_vba_parser_reads_our_modules(modules: tuple[Module, ...]) -> None:
    # Not xlwings' own module and not ThisWorkbook: that parser knows neither a comment behind #Const nor WithEvents.
    read = [module for module in modules if module.name.startswith("Portfolio")]
    assert len(read) == 6
    for module in read:
        parse_module(module.source)


# The command.


def test_the_command_builds_what_is_asked_for_and_prints_its_hash(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path / "neu"), "--only", "xlam"])
    assert done.exit_code == 0, done.output
    made = tmp_path / "neu" / FILE_NAME
    assert done.output == f"{hashlib.sha256(made.read_bytes()).hexdigest()}  {made}\n"
    assert [path.name for path in (tmp_path / "neu").iterdir()] == [FILE_NAME]


def test_the_command_builds_every_kind_the_same_twice(tmp_path: Path) -> None:
    names = [FILE_NAME, "customer-portfolio.oxt", "portfolio_template.xlsx", "portfolio_sample.xlsx"]
    hashes = []
    for folder in (tmp_path / "once", tmp_path / "again"):
        done = CliRunner().invoke(main, ["build", "--out", str(folder)])
        assert done.exit_code == 0, done.output
        lines = [line.split("  ", 1) for line in done.output.splitlines()]
        assert [Path(path).name for _, path in lines] == names
        assert sorted(path.name for path in folder.iterdir()) == sorted(names)
        hashes.append([digest for digest, _ in lines])
    assert hashes[0] == hashes[1]


def test_the_command_refuses_unknown_kinds_and_places_in_words(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path), "--only", "xla"])
    assert done.exit_code == 2
    assert "xla" in done.output
    assert "使える語: xlam, oxt, template, sample" in done.output
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path / "file" / "below"), "--only", "xlam"])
    assert done.exit_code == 2
    assert "ファイルを扱えません" in done.output
    assert "Traceback" not in done.output


def test_the_commands_help_loads_nothing_heavy() -> None:
    script = (
        "import sys, workbooks.commands.command; print([n for n in ('pandas', 'numpy', 'xlwings') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
