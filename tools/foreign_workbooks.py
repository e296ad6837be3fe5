"""Run `portfolio check` on workbooks that others made: the test folders of the libraries that read and write them.

    python tools/foreign_workbooks.py FOLDER [--at-most 200] [--seconds 20]

FOLDER holds one folder of workbooks for each library, and is never part of the project. What is not there is fetched: the source
distributions by pip; where they hold no workbook (most leave their tests out) the libraries' public repositories by git. Each
workbook is checked by a process of its own. Ends with 1 where one ends in a traceback, is killed, or takes longer than the limit.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

LIBRARIES: Final = {
    "XlsxWriter": "https://github.com/jmcnamara/XlsxWriter",
    "openpyxl": "https://foss.heptapod.net/openpyxl/openpyxl",
    "python-calamine": "https://github.com/dimastbk/python-calamine",
    "calamine": "https://github.com/tafia/calamine",
    "pandas": "https://github.com/pandas-dev/pandas",
}
SUFFIXES: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
ENDS: Final = {0: "read", 1: "read, with findings", 2: "refused in words"}


@dataclass(frozen=True, slots=True)
class Checked:
    """How one workbook fared: its library and name, what the command ended with, its seconds and its last line."""

    library: str
    name: str
    end: str
    seconds: float
    line: str

    @property
    def is_bad(self) -> bool:
        """Whether that must not happen."""
        return self.end not in ENDS.values()


def main() -> int:
    """Fetch, unpack, check, and print the table."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("folder", type=Path)
    told.add_argument("--at-most", type=int, default=200, help="workbooks that are checked, spread over the libraries")
    told.add_argument("--seconds", type=float, default=20.0, help="time that one workbook may take")
    options = told.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = {library: _workbooks(options.folder, library) for library in LIBRARIES}
    chosen = _spread(found, options.at_most)
    checked = [
        _check(library, path, way, options.seconds)
        for library, path in chosen
        for way in ([], ["--orders"], ["--customers"])
    ]
    _print_table(found, checked)
    return 1 if any(each.is_bad for each in checked) else 0


def _workbooks(folder: Path, library: str) -> list[Path]:
    """Return the workbooks of a library, which are fetched where its folder is not there yet."""
    place = folder / library
    if not place.is_dir():
        place.mkdir()
        _unpack_distribution(library, place)
        if not _listed(place):
            command = ["git", "clone", "--quiet", "--depth", "1", LIBRARIES[library], str(place / "repository")]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return _listed(place)


def _listed(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _unpack_distribution(library: str, place: Path) -> None:
    """Take the workbooks out of a library's source distribution, where pip can fetch it (it prepares what it downloads)."""
    command = [sys.executable, "-m", "pip", "download", "--no-binary", library, "--no-deps", library, "-d", str(place)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for archive in place.glob("*.tar.gz"):
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and PurePosixPath(member.name).suffix.lower() in SUFFIXES:
                    tar.extract(member, place, filter="data")


def _spread(found: dict[str, list[Path]], at_most: int) -> list[tuple[str, Path]]:
    """Return up to `at_most` workbooks, evenly taken from every library: all of a small one, every n-th of a large one."""
    chosen: list[tuple[str, Path]] = []
    libraries = sorted((library for library in found if found[library]), key=lambda library: len(found[library]))
    for place, library in enumerate(libraries):
        share = (at_most - len(chosen)) // (len(libraries) - place)
        paths = found[library]
        step = max(len(paths) / share, 1.0) if share else len(paths) + 1.0
        chosen += [(library, paths[int(at * step)]) for at in range(min(share, len(paths)))]
    return chosen


def _check(library: str, path: Path, way: list[str], seconds: float) -> Checked:
    """Check a workbook as a whole (`way` is empty), or as the file of one table, which makes any sheet be read as it."""
    command = [sys.executable, "-m", "engine.commands.command", "check", *way, str(path)]
    began = time.monotonic()
    try:
        ran = subprocess.run(command, capture_output=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return Checked(library, path.name, f"longer than {seconds:g} s", time.monotonic() - began, "")
    said = ran.stderr.decode("utf-8", "replace").strip()
    line = said.splitlines()[-1] if said else ""
    end = ENDS.get(ran.returncode, f"exit code {ran.returncode}")
    if "Traceback" in said:
        end = "traceback"
    return Checked(library, path.name, end, time.monotonic() - began, line)


def _print_table(found: dict[str, list[Path]], checked: list[Checked]) -> None:
    ends = sorted({each.end for each in checked})
    print(f"{'library':<16}{'there':>7}{'checks':>9}" + "".join(f"{end:>22}" for end in ends) + f"{'slowest':>10}")
    for library in found:
        own = [each for each in checked if each.library == library]
        counts = Counter(each.end for each in own)
        slowest = f"{max((each.seconds for each in own), default=0):.1f} s"
        print(
            f"{library:<16}{len(found[library]):>7}{len(own):>9}"
            + "".join(f"{counts[end]:>22}" for end in ends)
            + f"{slowest:>10}"
        )
    for each in checked:
        if each.is_bad:
            print(f"{each.end}: {each.library} {each.name}: {each.line}")


if __name__ == "__main__":
    sys.exit(main())
