"""The add-in's VBA, compiled and run by a real LibreOffice.

A function answers nothing there when any module of its project does not compile: one answer vouches for all modules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from addin.functions import registry
from addin.packaging.xlam.build import IDENTIFIER
from addin.packaging.xlam.package import Sheet, package
from addin.packaging.xlam.project import vba
from addin.packaging.xlam.project.ovba import Module, Project, project_bytes
from addin.packaging.xlam.ribbon_xml import CUSTOM_UI, CUSTOM_UI_14, ribbon_xml
from addin.tab.tab import GROUPS, texts

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.office import Office

SHEETS = 2


_XLWINGS_DOUBLE = r"""Attribute VB_Name = "xlwings"
Public Function XLPyDLLActivateAuto(ByRef reply As Variant, ByVal config As String, ByVal mode As Long) As Long
    If InStr(config, "broken") > 0 Then
        XLPyDLLActivateAuto = 1
    Else
        Set reply = New PythonDouble
        reply.Started = config
    End If
End Function
Public Function GetConfigFilePath() As String
    GetConfigFilePath = "portfolio.conf"
End Function
Public Function GetConfigFromFile(ByVal path As String, ByVal name As String, ByRef found As String) As Boolean
    GetConfigFromFile = (name = "INTERPRETER_WIN")
    If GetConfigFromFile Then found = "C:\@FOLDER@\Scripts\python.exe"
End Function
Public Function ExpandEnvironmentStrings(ByVal text As String) As String
    ExpandEnvironmentStrings = text
End Function
Public Function ParentFolder(ByVal path As String) As String
    ParentFolder = Left(path, InStrRev(path, "\") - 1)
End Function
"""
_PYTHON_DOUBLE = """Attribute VB_Name = "PythonDouble"
Attribute VB_Base = "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = False
Attribute VB_Exposed = False
Public Started As String
Public Function CallUDF(ByVal script As String, ByVal name As String, arguments As Variant) As Variant
    CallUDF = script & "|" & name & "|" & (UBound(arguments) + 1) & "|" & Started
End Function
"""
_CONTROL_DOUBLE = """Attribute VB_Name = "ControlDouble"
Attribute VB_Base = "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = False
Attribute VB_Exposed = False
Public Id As String
"""
_RIBBON_DOUBLE = """Attribute VB_Name = "RibbonDouble"
Public Function TWIN_RIBBON(key, tip)
    Dim control As New ControlDouble, found As Variant
    control.Id = key
    If tip Then
        PortfolioTip control, found
    Else
        PortfolioLabel control, found
    End If
    TWIN_RIBBON = found
End Function
Public Function FilterDouble(ByVal filter, ByRef previous) As Long
    previous = 7
    FilterDouble = filter
End Function
Public Function TWIN_ENABLED(key)
    Dim control As New ControlDouble, found As Variant
    control.Id = key
    PortfolioEnabled control, found
    TWIN_ENABLED = found
End Function
Public Function TWIN_WAIT(a)
    PortfolioWait True
    PortfolioWait True
    PortfolioWait False
    PortfolioWait False
    PortfolioRedraw
    TWIN_WAIT = "waited"
End Function
Public Function TWIN_RESTART(a)
    Dim first As Object, again As Object
    Set first = PortfolioPython()
    PortfolioStopServer
    Set again = PortfolioPython()
    TWIN_RESTART = (first.Started = again.Started)
End Function
"""
_TWIN_PREFIX = "PORTFOLIO_TWIN_"  # not the real names: in this LibreOffice those belong to our Calc add-in


def twin(path: Path, folder: str, broken: bool = False) -> Path:
    """Write the .xlsm twin: our modules, with Excel's own objects taken out and a double in xlwings' place."""
    functions = [replace(each, name=each.name.replace("PORTFOLIO_", _TWIN_PREFIX, 1)) for each in registry.functions()]
    swapped = {
        ", ThisWorkbook, Application.Caller)": ")",
        "Application.LanguageSettings.LanguageID(UI_LANGUAGE)": "JAPANESE_LCID",
        "LoadLibraryW(StrPtr(path)) <> 0": "True",
        "IRibbonControl": "Object",
        "IRibbonUI": "Object",
        "CoRegisterMessageFilter(": "FilterDouble(",
        "As LongPtr": "As Long",
    }
    ours = []
    for module in vba.modules(functions, SHEETS):
        source = module.source
        for old, new in swapped.items():
            source = source.replace(old, new)
        if module.name not in {"xlwings", "Dictionary"}:
            ours.append(replace(module, source=source))
    doubles = [
        Module("xlwings", "standard", _XLWINGS_DOUBLE.replace("@FOLDER@", folder).replace("\n", "\r\n")),
        Module("PythonDouble", "class", _PYTHON_DOUBLE.replace("\n", "\r\n")),
        Module("ControlDouble", "class", _CONTROL_DOUBLE.replace("\n", "\r\n")),
        Module("RibbonDouble", "standard", _RIBBON_DOUBLE.replace("\n", "\r\n")),
    ]
    if broken:
        doubles.append(Module("Broken", "standard", 'Attribute VB_Name = "Broken"\r\nPublic Sub Half(\r\n'))
    sheets = (
        Sheet("canary", []),
        Sheet("texts", [(key, *text) for key, text in (*texts(), *vba.function_texts(functions))]),
    )
    project = project_bytes(Project("CustomerPortfolio", IDENTIFIER, (*ours, *doubles)))
    path.write_bytes(package(sheets, project, ribbon_xml(CUSTOM_UI), ribbon_xml(CUSTOM_UI_14), "twin", kind="xlsm"))
    return path


def answers(office: Office, path: Path) -> dict[str, Any]:
    found = {}
    with office.open(path) as book:
        for row, function in enumerate(registry.functions(), start=1):
            given = ";".join("1" for each in function.arguments if not each.optional)
            book.put("canary", f"A{row}", f"={function.name.replace('PORTFOLIO_', _TWIN_PREFIX, 1)}({given})")
        book.recalculate()
        for row, function in enumerate(registry.functions(), start=1):
            found[function.name] = book.value("canary", f"A{row}")
    return found


@pytest.mark.calc
def test_every_wrapper_compiles_and_reaches_the_server_in_a_real_libreoffice(office: Office, tmp_path: Path) -> None:
    found = answers(office, twin(tmp_path / "twin.xlsm", "env"))
    command = (
        r'cmd.exe /K ""C:\env\Scripts\python.exe" -B -c "import os;'
        r"os.environ['PORTFOLIO_LANG']='ja';import xlwings;xlwings.serve('$(CLSID)')"
        '""'
    )
    for function in registry.functions():
        name = function.name.replace("PORTFOLIO_", _TWIN_PREFIX, 1)
        assert found[function.name] == f"addin.udfs|{name}|{len(function.arguments) + 1}|{command}"


@pytest.mark.calc
def test_the_ribbon_gets_its_words_in_a_real_libreoffice(office: Office, tmp_path: Path) -> None:
    words = dict(texts())
    with office.open(twin(tmp_path / "ribbon.xlsm", "env")) as book:
        book.put("canary", "A1", '=TWIN_RIBBON("refresh";FALSE())')
        book.put("canary", "A2", '=TWIN_RIBBON("refresh";TRUE())')
        book.put("canary", "A3", "=TWIN_RESTART(1)")
        book.recalculate()
        assert book.value("canary", "A1") == words["ribbon.refresh"].ja
        assert book.value("canary", "A2") == words["ribbon.refresh.tip"].ja
        assert book.value("canary", "A3") == 1.0


@pytest.mark.calc
def test_a_button_is_enabled_when_what_it_needs_is_there_in_a_real_libreoffice(office: Office, tmp_path: Path) -> None:
    needs = {button.key: button.needs for group in GROUPS for button in group.buttons}
    with office.open(twin(tmp_path / "enabled.xlsm", "env")) as book:
        for row, key in enumerate(needs, start=1):
            book.put("canary", f"A{row}", f'=TWIN_ENABLED("{key}")')
        book.put("canary", f"A{len(needs) + 1}", "=TWIN_WAIT(1)")
        book.recalculate()
        found = {key: book.value("canary", f"A{row}") for row, key in enumerate(needs, start=1)}
        assert book.value("canary", f"A{len(needs) + 1}") == "waited"
    assert found == {key: float(need != "run") for key, need in needs.items()}  # no PF_RUN in this workbook


@pytest.mark.calc
def test_when_the_server_does_not_start_a_cell_says_so_in_words(office: Office, tmp_path: Path) -> None:
    found = answers(office, twin(tmp_path / "down.xlsm", "broken"))
    assert set(found.values()) == {dict(vba.function_texts(()))["server.failed"].ja}


@pytest.mark.calc
def test_the_canary_dies_when_one_module_does_not_compile(office: Office, tmp_path: Path) -> None:
    found = answers(office, twin(tmp_path / "broken.xlsm", "env", broken=True))
    assert set(found.values()) == {""}
