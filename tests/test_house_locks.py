"""What a user's installation holds: exactly what the product needs, in the versions that the developers test."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["importlinter"]["root_packages"]
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
INSTALLERS: list[str] = PROJECT["dependency-groups"]["install"]
PLATFORMS = [
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
]
ENTRY = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$")


@dataclass(frozen=True)
class Pin:
    """One entry of a lock: a version for the machines that the marker tells, and the hashes of its files."""

    name: str
    version: str
    marker: str
    hashes: frozenset[str]

    def holds(self, machine: dict[str, str]) -> bool:
        """Tell whether pip takes this entry on such a machine."""
        return not self.marker or Marker(self.marker).evaluate(machine)


def lock(name: str) -> list[Pin]:
    """Read one of the locks at the project's root."""
    pins: list[Pin] = []
    for block in re.split(r"^(?=[a-z0-9])", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE):
        if block.strip():
            entry = ENTRY.match(block.splitlines()[0])
            assert entry is not None, block
            hashes = frozenset(re.findall(r"--hash=(sha256:[0-9a-f]{64})", block))
            assert hashes, block
            pins.append(Pin(entry["name"], entry["version"], entry["marker"] or "", hashes))
    return pins


def closure(wanted: list[str], machine: dict[str, str]) -> set[str]:
    """Return the names of all that these requirements bring on such a machine, by what each package says it needs."""
    seen: set[tuple[str, str]] = set()
    waiting = [each for each in map(Requirement, wanted) if _is_asked_for(each, machine, "")]
    while waiting:
        needed = waiting.pop()
        name = canonicalize_name(needed.name)
        for extra in {"", *needed.extras} - {each for known, each in seen if known == name}:
            seen.add((name, extra))
            waiting += [each for each in _needs(name) if _is_asked_for(each, machine, extra)]
    return {name for name, _ in seen}


def _needs(name: str) -> list[Requirement]:
    try:
        return [Requirement(line) for line in metadata.requires(name) or []]
    except metadata.PackageNotFoundError:
        assert name in {"appscript", "psutil", "pywin32"}  # of other systems; none of them needs anything but lxml
        return []


def _is_asked_for(requirement: Requirement, machine: dict[str, str], extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({**machine, "extra": extra})


def third_party_imports() -> dict[str, set[str]]:
    """Return what the product imports beside itself and the standard library, and where; late imports too."""
    found: dict[str, set[str]] = {}
    for path in (each for package in PACKAGES for each in (ROOT / package).rglob("*.py")):
        if "bridge" in path.parts:  # runs in LibreOffice's own Python
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in _imported(node):
                if name not in sys.stdlib_module_names and name not in PACKAGES:
                    found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return found


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module.partition(".")[0]]
    return []


def test_the_runtime_lock_is_part_of_the_developers_lock_with_the_same_files() -> None:
    runtime, developers = lock("requirements-runtime.lock"), lock("requirements.lock")
    known = {(pin.name, pin.version): pin for pin in developers}
    for pin in runtime:
        assert (pin.name, pin.version) in known, f"{pin.name} {pin.version}: run make lock"
        assert pin.hashes == known[pin.name, pin.version].hashes
    assert len(runtime) < len(developers)
    assert {"mypy", "playwright", "pytest", "openpyxl", "uv"} & {pin.name for pin in runtime} == set()


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform["sys_platform"])
def test_the_runtime_lock_holds_exactly_what_the_product_needs(platform: dict[str, str], python: str) -> None:
    here = {key: str(value) for key, value in default_environment().items()}
    machine = {**here, **platform, "python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    held = [pin for pin in lock("requirements-runtime.lock") if pin.holds(machine)]
    assert len(held) == len({pin.name for pin in held})  # one version of each
    assert {pin.name for pin in held} == closure([*RUNTIME, *INSTALLERS], machine)
    newest = [pin for pin in lock("requirements.lock") if pin.holds(machine)]
    assert {(pin.name, pin.version) for pin in held} <= {(pin.name, pin.version) for pin in newest}


def test_every_dependency_is_imported_and_every_import_is_a_dependency() -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in RUNTIME}
    brought_by = {
        module: {canonicalize_name(name) for name in names}
        for module, names in metadata.packages_distributions().items()
    }
    imports = third_party_imports()
    assert {
        module: sorted(places) for module, places in imports.items() if not brought_by.get(module, set()) & declared
    } == {}
    used = {name for module in imports for name in brought_by[module]}
    assert declared - used == set()
