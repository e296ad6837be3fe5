"""The Calc extension as a file: generated from the register, the same bytes every time, its parts in agreement."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from addin.functions import registry
from addin.packaging.oxt import build, generate, typelib
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

OOR = "{http://openoffice.org/2001/registry}"
MANIFEST = "{http://openoffice.org/2001/manifest}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return build.contents()


def named(node: ElementTree.Element, name: str) -> ElementTree.Element:
    found = [child for child in node if child.get(f"{OOR}name") == name]
    assert len(found) == 1, name
    return found[0]


def texts(node: ElementTree.Element, name: str) -> dict[str | None, str | None]:
    return {value.get(LANG): value.text for value in named(node, name)}


def test_two_builds_are_byte_identical(tmp_path: Path) -> None:
    first, second = build.build(tmp_path / "a.oxt"), build.build(tmp_path / "b" / "c.oxt")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {build.ZIP_TIME}
        assert archive.namelist() == sorted(build.contents())


def test_every_part_of_the_manifest_is_there(files: dict[str, bytes]) -> None:
    listed = [entry.get(f"{MANIFEST}full-path") for entry in ElementTree.fromstring(files["META-INF/manifest.xml"])]  # noqa: S314 - our own
    assert len(listed) == 6
    assert set(listed) <= set(files)
    assert b"com.sun.star.sheet.AddIn" not in files["portfolio.components"]
    for path, data in files.items():
        if path.endswith((".xcu", ".xml", ".components")):
            ElementTree.fromstring(data)  # noqa: S314 - our own
        if path.endswith(".py"):
            compile(data, path, "exec")


def test_the_configuration_names_every_function_in_both_languages(files: dict[str, bytes]) -> None:
    root = ElementTree.fromstring(files["CalcAddIns.xcu"])  # noqa: S314 - our own
    nodes = named(named(named(root, "AddInInfo"), generate.SERVICE), "AddInFunctions")
    assert len(nodes) == len(registry.functions())
    for function in registry.functions():
        node = named(nodes, generate.method_name(function.name))
        assert (
            texts(node, "DisplayName") == texts(node, "CompatibilityName") == dict.fromkeys(("en", "ja"), function.name)
        )
        assert texts(node, "Description") == {"en": function.en, "ja": function.ja}
        parameters = list(named(node, "Parameters"))
        spelled = [generate.parameter_name(each.name) for each in function.arguments]
        assert [each.get(f"{OOR}name") for each in parameters] == spelled
        for parameter, argument in zip(parameters, function.arguments, strict=True):
            assert texts(parameter, "Description") == {"en": argument.en, "ja": argument.ja}


def test_a_parameter_is_spelled_as_the_interface_language_allows() -> None:
    assert [generate.parameter_name(name) for name in ("from_run", "customer")] == ["fromRun", "customer"]


def test_the_component_knows_where_the_run_stands(files: dict[str, bytes]) -> None:
    listed = json.loads(files["functions.json"])
    assert listed["portfolioRun"] == {"name": "PORTFOLIO_RUN", "run": None}
    assert listed["portfolioSegment"] == {"name": "PORTFOLIO_SEGMENT", "run": 2}
    assert [each["name"] for each in listed.values()] == [each.name for each in registry.functions()]


def test_a_type_library_older_than_the_register_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert typelib.is_current()
    monkeypatch.setattr(registry, "functions", lambda: ())
    with pytest.raises(Refusal, match="typelib"):
        build.contents()


def test_without_the_sdk_the_refresh_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typelib, "_OFFICES", ())
    with pytest.raises(Refusal, match="libreoffice-dev"):
        typelib.compiled(typelib.IDL.read_text(encoding="utf-8"))


@pytest.mark.calc
@pytest.mark.usefixtures("sdk")
def test_compiling_the_interface_anew_gives_the_kept_library(tmp_path: Path) -> None:
    fresh = tmp_path / "functions.rdb"
    fresh.write_bytes(typelib.compiled(generate.idl(registry.functions())))
    assert typelib.readable(fresh) == typelib.readable(typelib.LIBRARY)
    assert typelib.refresh() is False
