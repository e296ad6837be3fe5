"""The built .xlam, read by other people's readers, and its VBA compiled and run by a real LibreOffice."""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import subprocess
import sys
import warnings
import zipfile
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import olefile  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pyopenvba import ExcelFile
from pyopenvba.integrity import check_file
from pyopenvba.interpreter import parse_module
from python_calamine import CalamineWorkbook

from addin import registry
from addin.buttons import GROUPS, texts
from addin.command import main
from addin.excel import vba
from addin.excel.build import FILE_NAME, IDENTIFIER, xlam_bytes
from addin.excel.compression import compress, decompress
from addin.excel.lint import problems
from addin.excel.ole import compound_file
from addin.excel.ovba import Module, Project, decode_field, encode_field, project_bytes
from addin.excel.package import Sheet, package
from addin.excel.ribbon_xml import CUSTOM_UI, CUSTOM_UI_14, ribbon_xml

if TYPE_CHECKING:
    from pathlib import Path

    from office import Office

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it still uses pyparsing's old names
    from oletools.olevba import VBA_Parser, decompress_stream

SHEETS = 2
CALLBACKS = ("onAction", "getLabel", "getScreentip", "getSupertip")


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
        assert arguments[1].count(",") == (0 if attribute == "onAction" else 1)
    buttons = [each.get("id") for each in root.iter() if each.tag.endswith("button")]
    assert buttons == [button.key for group in GROUPS for button in group.buttons]
    identifiers = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(identifiers) == len(set(identifiers))


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
    script = "import hashlib; from addin.excel.build import xlam_bytes; print(hashlib.sha256(xlam_bytes()).hexdigest())"
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
    assert len(read) == 5
    for module in read:
        parse_module(module.source)


# The format, against the examples of its specification and independent readers.


def test_compression_gives_the_specifications_examples() -> None:
    plain = bytes.fromhex("0119B000616263646566676800696A6B6C6D6E6F70007172737475762E")  # [MS-OVBA] 3.2.1
    assert decompress(plain) == b"abcdefghijklmnopqrstuv."
    assert compress(b"abcdefghijklmnopqrstuv.") == plain
    normal = bytes.fromhex(  # 3.2.2
        "012FB00023616161626364658266007061676869 6A013808616B6C00206D6E6F7006710270040072737475761077 78797A002C"
    )
    assert decompress(normal) == b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
    longest = bytes.fromhex("0103B002614500")  # 3.2.3
    assert decompress(longest) == b"a" * 73
    assert compress(b"a" * 73) == longest


@given(st.text(st.sampled_from("ab \r\nSubEnd("), max_size=9000).map(str.encode))
def test_whatever_is_compressed_is_read_back_by_us_and_by_oletools(data: bytes) -> None:
    packed = compress(data)
    assert decompress(packed) == data
    assert bytes(decompress_stream(bytearray(packed))) == data


def test_a_full_chunk_that_does_not_shrink_is_stored_as_it_is() -> None:
    data = b"".join(hashlib.sha512(bytes([n])).digest() for n in range(64))
    packed = compress(data)
    assert len(packed) == 1 + 2 + 4096
    assert decompress(packed) == data == bytes(decompress_stream(bytearray(packed)))


def test_a_last_chunk_that_would_be_padded_is_refused() -> None:
    noise = b"".join(hashlib.sha512(bytes([n])).digest() for n in range(61))
    text = "".join(chr(33 + byte % 90) for byte in noise)
    broken = Project("P", IDENTIFIER, (Module("M", "standard", text),))
    with pytest.raises(ValueError, match="M does not decompress"):
        project_bytes(broken)


def test_bytes_without_signature_are_refused() -> None:
    with pytest.raises(ValueError, match="signature"):
        decompress(b"\x02abc")
    with pytest.raises(ValueError, match="signature"):
        decompress(b"\x01\x00\x00abc")


def test_protection_fields_follow_the_specifications_example() -> None:
    example = "{917DED54-440B-4FD1-A5C1-74ACF261E600}"  # [MS-OVBA] 3.1.6
    assert decode_field(example, "0705D8E3D8EDDBF1DBF1DBF1DBF1") == bytes(4)
    assert decode_field(example, "1517CAF1D6F9D7F9D706") == b"\xff"
    assert encode_field(example, bytes(1), seed=0x0E) == "0E0CD1ECDFF4E7F5E7F5E7"
    assert encode_field(example, bytes(4), seed=0x07) == "0705D8E3D8EDDBF1DBF1DBF1DBF1"
    with pytest.raises(ValueError, match="not a field"):
        decode_field(IDENTIFIER, "0E0CD1ECDFF4E7F5E7F5E7")


def test_the_project_is_neither_locked_nor_hidden(xlam: Path) -> None:
    with olefile.OleFileIO(io.BytesIO(parts(xlam)["xl/vbaProject.bin"])) as project:
        text = project.openstream("PROJECT").read().decode("cp1252")
        assert project.openstream("VBA/_VBA_PROJECT").read() == bytes.fromhex("CC61FFFF000100")
    fields = dict(re.findall(r'^(CMG|DPB|GC|ID)="(.*)"\r$', text, re.MULTILINE))
    assert fields["ID"] == IDENTIFIER
    plain = [decode_field(IDENTIFIER, fields[name]) for name in ("CMG", "DPB", "GC")]
    assert plain == [bytes(4), bytes(1), b"\xff"]


def test_a_compound_file_is_read_back_by_olefile() -> None:
    tree: dict[str, Any] = {f"Stream{n}": bytes([n]) * (n * 97) for n in range(60)}
    tree["Big"] = bytes(range(256)) * 400
    tree["Empty"] = b""
    tree["Inner"] = {"Deep": {"a": b"x"}, "B": b"y" * 5000}
    with olefile.OleFileIO(io.BytesIO(compound_file(tree)), raise_defects=olefile.DEFECT_INCORRECT) as read:
        assert read.openstream("Big").read() == tree["Big"]
        assert read.openstream("Inner/Deep/a").read() == b"x"
        assert read.openstream("Inner/B").read() == b"y" * 5000
        for number in range(60):
            assert read.openstream(f"Stream{number}").read() == tree[f"Stream{number}"]
        assert len(read.listdir()) == 64


def test_siblings_hang_in_a_valid_red_black_tree() -> None:
    for count in (1, 2, 3, 4, 7, 8, 11, 31, 33):
        data = compound_file({f"S{n:02}": b"x" for n in range(count)})
        first = int.from_bytes(data[48:52], "little")
        entries = [data[512 * (first + 1) + 128 * n :][:128] for n in range(count + 1)]
        links = [tuple(int.from_bytes(entry[at : at + 4], "little") for at in (68, 72, 76)) for entry in entries]
        colours = [entry[67] for entry in entries]

        def black_height(place: int, parent_is_red: bool, links: Any = links, colours: Any = colours) -> int:
            if place == 0xFFFFFFFF:
                return 1
            red = colours[place] == 0
            assert not (red and parent_is_red)
            left, right, _ = links[place]
            heights = {black_height(left, red), black_height(right, red)}
            assert len(heights) == 1
            return heights.pop() + (not red)

        root = links[0][2]
        assert colours[root] == 1
        black_height(root, parent_is_red=False)


@pytest.mark.parametrize("name", ["", "x" * 32])
def test_names_that_a_compound_file_cannot_hold_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 31"):
        compound_file({name: b""})


def test_two_modules_of_one_name_are_refused() -> None:
    twice = (Module("One", "standard", ""), Module("ONE", "standard", ""))
    with pytest.raises(ValueError, match="share a name"):
        project_bytes(Project("P", IDENTIFIER, twice))


# The command.


def test_the_command_builds_what_is_asked_for_and_prints_its_hash(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path / "neu"), "--only", "xlam"])
    assert done.exit_code == 0, done.output
    made = tmp_path / "neu" / FILE_NAME
    assert done.output == f"{hashlib.sha256(made.read_bytes()).hexdigest()}  {made}\n"
    assert [path.name for path in (tmp_path / "neu").iterdir()] == [FILE_NAME]


def test_the_command_builds_both_kinds(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customer-portfolio.oxt", FILE_NAME]
    assert len(done.output.splitlines()) == 2


def test_the_command_refuses_unknown_kinds_and_places_in_words(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path), "--only", "xla"])
    assert done.exit_code == 2
    assert "xla" in done.output
    assert "使える語: xlam, oxt" in done.output
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = CliRunner().invoke(main, ["build", "--out", str(tmp_path / "file" / "below"), "--only", "xlam"])
    assert done.exit_code == 2
    assert "書けません" in done.output
    assert "Traceback" not in done.output


def test_the_commands_help_loads_nothing_heavy() -> None:
    script = "import sys, addin.command; print([n for n in ('pandas', 'numpy', 'xlwings') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# A real LibreOffice compiles and runs the VBA: a function answers nothing when any module of its project is broken.

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
def test_when_the_server_does_not_start_a_cell_says_so_in_words(office: Office, tmp_path: Path) -> None:
    found = answers(office, twin(tmp_path / "down.xlsm", "broken"))
    assert set(found.values()) == {dict(vba.function_texts(()))["server.failed"].ja}


@pytest.mark.calc
def test_the_canary_dies_when_one_module_does_not_compile(office: Office, tmp_path: Path) -> None:
    found = answers(office, twin(tmp_path / "broken.xlsm", "env", broken=True))
    assert set(found.values()) == {""}
