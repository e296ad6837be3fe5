"""Draw the house from its code: `python tools/house.py` prints rooms, arrows and sizes; `--write` renews docs/architecture.md.

A room is a folder of a package (files at the package's root are the room of that name). An arrow from A to B says that
some file of A imports one of B when it runs; imports for the type checker alone draw none. A room stands one floor above
the highest room of its own package that it imports. A circle is a set of files that import each other, directly or round about.

Decision 0290: why the rooms stand in the data's way.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import grimp

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = ("engine", "addin", "report_templates", "workbooks")
PAGES: Final = (ROOT / "docs/architecture.md",)
BEGIN: Final = "<!-- tools/house.py: begin -->"
END: Final = "<!-- tools/house.py: end -->"
_ELSEWHERE: Final = "addin/packaging/oxt/bridge"  # runs in LibreOffice's own Python and imports nothing of ours


@dataclass(frozen=True)
class Room:
    """One room: its folder, the number of its files, their lines, the rooms that it imports, and its floor (1 = ground)."""

    name: str
    files: int
    lines: int
    imports: tuple[str, ...]
    floor: int


class House:
    """The packages as they stand on disk."""

    @cached_property
    def sources(self) -> dict[str, Path]:
        """Module name to file, for every module of ours."""
        found: dict[str, Path] = {}
        for package in PACKAGES:
            for path in sorted((ROOT / package).rglob("*.py")):
                if not path.relative_to(ROOT).as_posix().startswith(_ELSEWHERE):
                    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                    found[name.removesuffix(".__init__")] = path
        return found

    @cached_property
    def imports(self) -> dict[str, frozenset[str]]:
        """Module to the modules of ours that it imports when it runs, late imports included."""
        graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
        return {name: frozenset(graph.find_modules_directly_imported_by(name)) for name in self.sources}

    def room_of(self, module: str) -> str:
        """Return the room of a module: its package and the first folder below, if it stands in one."""
        folder = self.sources[module].relative_to(ROOT).parent
        return "/".join(folder.parts[:2])

    @cached_property
    def arrows(self) -> dict[str, set[str]]:
        """Room to the other rooms that it imports."""
        found: dict[str, set[str]] = {self.room_of(module): set() for module in self.sources}
        for module, imported in self.imports.items():
            here = self.room_of(module)
            found[here] |= {self.room_of(each) for each in imported if each in self.sources} - {here}
        return found

    @cached_property
    def circles(self) -> list[list[str]]:
        """The sets of files that import each other."""
        return [sorted(group) for group in _components(self.imports) if len(group) > 1]

    @cached_property
    def room_circles(self) -> list[list[str]]:
        """The sets of rooms that import each other."""
        return [sorted(group) for group in _components(self.arrows) if len(group) > 1]

    @cached_property
    def rooms(self) -> list[Room]:
        """All rooms, the ground floor first."""
        floors: dict[str, int] = {}
        for package in PACKAGES:  # a package's own floors; the order of the packages is plain
            own = {room: below for room, below in self.arrows.items() if room.split("/")[0] == package}
            floors |= _floors(own)
        files = Counter(self.room_of(module) for module in self.sources)
        lines: Counter[str] = Counter()
        for module, path in self.sources.items():
            lines[self.room_of(module)] += len(path.read_text(encoding="utf-8").splitlines())
        return sorted(
            (Room(name, files[name], lines[name], tuple(sorted(self.arrows[name])), floors[name]) for name in files),
            key=lambda room: (PACKAGES.index(room.name.split("/")[0]), room.floor, room.name),
        )

    @cached_property
    def fullest(self) -> list[tuple[str, int]]:
        """Every folder with the number of Python files that stand in it, the fullest first."""
        count = Counter(path.parent.relative_to(ROOT).as_posix() for path in self.sources.values())
        return sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))

    @cached_property
    def depth(self) -> int:
        """The number of files on the longest way down from one import to the next; a circle counts as one file."""
        return max(_floors(self.imports).values())

    @cached_property
    def shared_names(self) -> dict[str, int]:
        """Private functions and classes with a name of one word that stand in more than one file: name to files."""
        found: defaultdict[str, set[Path]] = defaultdict(set)
        for path in self.sources.values():
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name.startswith("_"):
                    found[node.name].add(path)
        return {name: len(paths) for name, paths in found.items() if len(paths) > 1 and "_" not in name.strip("_")}


def _components(arrows: dict[str, frozenset[str]] | dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components, those that are imported first (Tarjan 1972, without recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for start in arrows:
        if start in number:
            continue
        work = [(start, iter(sorted(arrows[start])))]
        number[start] = low[start] = len(number)
        stack.append(start)
        while work:
            node, rest = work[-1]
            for child in rest:
                if child not in arrows:
                    continue
                if child not in number:
                    number[child] = low[child] = len(number)
                    stack.append(child)
                    work.append((child, iter(sorted(arrows[child]))))
                    break
                if child in stack:
                    low[node] = min(low[node], number[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    group = stack[stack.index(node) :]
                    del stack[stack.index(node) :]
                    found.append(group)
    return found


def _floors(arrows: dict[str, frozenset[str]] | dict[str, set[str]]) -> dict[str, int]:
    """Return the floor of every node: 1 + the highest floor that it points to outside its own circle."""
    floors: dict[str, int] = {}
    for group in _components(arrows):
        below = {child for node in group for child in arrows[node] if child in arrows} - set(group)
        floors |= dict.fromkeys(group, 1 + max((floors[child] for child in below), default=0))
    return floors


def drawing(house: House, *, sizes: bool) -> str:
    """Return the rooms with their floors and arrows as a table in Markdown; with `sizes`, also their files and lines."""
    lines = ["| room | floor |" + (" files | lines |" if sizes else "") + " imports |"]
    lines.append("|---" * lines[0].count("|", 1) + "|")
    for room in house.rooms:
        package = room.name.split("/")[0]
        near = ", ".join(each.removeprefix(f"{package}/") for each in room.imports) or "–"
        size = f" {room.files} | {room.lines:,} |" if sizes else ""
        lines.append(f"| `{room.name}/` | {room.floor} |{size} {near} |")
    return "\n".join(lines)


def figures(house: House) -> list[str]:
    """Return what a look at the whole says, one line each."""
    folder, most = house.fullest[0]
    shared = sorted(house.shared_names.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        f"rooms: {len(house.rooms)}, arrows: {sum(map(len, house.arrows.values()))}",
        f"floors of the highest package: {max(room.floor for room in house.rooms)}",
        f"circles of rooms: {len(house.room_circles)} {house.room_circles or ''}".strip(),
        f"circles of files: {len(house.circles)} {house.circles or ''}".strip(),
        f"import depth: {house.depth}",
        f"files: {len(house.sources)}, most in one folder: {most} ({folder}/)",
        f"lines: {sum(room.lines for room in house.rooms):,}",
        f"private names of one word in several files: {len(shared)}, definitions: {sum(house.shared_names.values())}"
        + (f" ({', '.join(f'{name} × {count}' for name, count in shared[:5])} …)" if shared else ""),
    ]


def renewed(page: str, house: House) -> str:
    """Return a page with the drawing between its marks renewed.

    Raises
    ------
    ValueError
        When the page has no marks.
    """
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{drawing(house, sizes=False)}\n{END}{after}"


def paths_named(page: Path) -> list[str]:
    """Return the paths of our packages that a page names in code, such as `engine/runs/`."""
    text = page.read_text(encoding="utf-8")
    return sorted(set(re.findall(rf"`((?:{'|'.join(PACKAGES)})/[\w/.]*)`", text)))


def main(arguments: list[str]) -> int:
    """Print the house, or renew the pages that show it."""
    house = House()
    if arguments == ["--write"]:
        for page in PAGES:
            page.write_text(renewed(page.read_text(encoding="utf-8"), house), encoding="utf-8")
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    print(drawing(house, sizes=True), *figures(house), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
