"""The wheel holds our four packages, every file of them, and nothing else at its top level."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"addin", "engine", "report_templates", "workbooks"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the names in a wheel built just now, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return archive.namelist()


def test_top_level_is_exactly_our_packages(wheel: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    (metadata,) = {top for top in tops if top.endswith(".dist-info")}
    assert tops - {metadata} == PACKAGES


def test_every_file_of_the_packages_is_in_it(wheel: list[str]) -> None:
    ours = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert {name for name in wheel if ".dist-info/" not in name} == ours


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_is_typed(wheel: list[str], package: str) -> None:
    assert f"{package}/py.typed" in wheel


def test_carries_both_licences(wheel: list[str]) -> None:
    names = {name.rsplit(".dist-info/licenses/")[-1] for name in wheel if ".dist-info/licenses/" in name}
    assert names == {"LICENSE", "report_templates/fonts/OFL.txt"}
