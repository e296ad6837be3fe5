"""Who may import whom, and what a cell waits for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]

# What must not be loaded when a cell has answered. pyarrow is missing here: pandas loads it by itself where it can.
TOO_HEAVY = {
    "altair", "click", "jinja2", "openpyxl", "pikepdf", "python_calamine", "rich", "vl_convert", "weasyprint",
    "xlsxwriter", "xlwings", "engine.reading.sources", "engine.commands.command", "report_templates",
}  # fmt: skip

ONE_ANSWER = """
import json, sys
from addin.functions import cells
block = [["顧客名", "年間売上", "継続性", "成長ポテンシャル", "リスク"],
         ["株式会社A", 15000000, "高", "中", "低"], ["株式会社B", 9000000, "中", "高", "中"]]
run = cells.answer("PORTFOLIO_RUN", [block])
print(json.dumps([run, cells.answer("PORTFOLIO_STRATEGY", ["A", run]), sorted(sys.modules)]))
"""


def lint(configuration: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(configuration), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def test_the_contracts_are_kept() -> None:
    done = lint(ROOT / "pyproject.toml", ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {len(CONTRACTS['contracts'])} kept, 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("engine/scoring/cuts.py", "import jinja2", "The engine knows no template"),
        ("engine/scoring/cuts.py", "from addin.functions import cells", "One way"),
        ("addin/functions/cells.py", "from report_templates.texts import texts", "One way"),
        ("report_templates/texts/texts.py", "from addin.functions import cells", "One way"),
        ("workbooks/__init__.py", "import report_templates", "The makers of workbooks"),
        ("engine/scoring/cuts.py", "def late():\n    import openpyxl", "A cell waits for"),
        ("addin/functions/registry.py", "import click", "A cell waits for"),
        ("engine/scoring/levels.py", "from engine.reading import sources", "A cell waits for"),
        ("engine/language/words.py", "from engine.commands.command import main", "A cell waits for"),
    ],
)
def test_a_breach_is_noticed(tmp_path: Path, module: str, line: str, contract: str) -> None:
    for package in CONTRACTS["root_packages"]:  # a copy of the sources only, with one forbidden line more
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    breached = tmp_path / module
    breached.write_text(breached.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    done = lint(ROOT / "pyproject.toml", tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = [text for text in done.stdout.splitlines() if text.endswith("BROKEN")]
    assert any(contract in text for text in broken), done.stdout


def test_a_cell_answers_without_the_heavy_libraries() -> None:
    command = [sys.executable, "-c", ONE_ANSWER]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8")
    run, strategy, modules = json.loads(done.stdout)
    assert run.startswith("PF-")
    assert strategy == "クロスセルを狙う"
    assert TOO_HEAVY.isdisjoint(modules)


# The libraries that our modules wait for are loaded once (a child that imports everything tells which they are); then every
# module is imported in a child of its own, in which nothing of ours is loaded yet.
EACH_FIRST = """
import gc, importlib, os, sys, traceback
roots, names = set(sys.argv[1].split(",")), sys.argv[2:]

def ours():
    return [each for each in sys.modules if each.partition(".")[0] in roots]

def in_a_child(work):
    child = os.fork()
    if child == 0:
        try:
            work()
        except ImportError:
            traceback.print_exc()
            os._exit(1)
        except BaseException:
            traceback.print_exc()
            os._exit(2)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def tell_libraries():
    for name in names:
        importlib.import_module(name)
    libraries = [each for each in sys.modules if each not in {"__main__", *ours()}]
    os.write(told, "\\n".join(libraries).encode())  # less than a pipe holds, else the parent would wait for ever

heard, told = os.pipe()
in_a_child(tell_libraries)
os.close(told)
for library in os.read(heard, 1 << 20).decode().split():
    importlib.import_module(library)
assert not ours(), ours()
gc.freeze()
print([name for name in names if in_a_child(lambda: importlib.import_module(name))])
"""


def test_every_module_can_be_the_first_to_be_imported() -> None:
    """Two modules that import each other work until somebody asks for the other one first."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in CONTRACTS["root_packages"]
        for path in sorted((ROOT / package).rglob("*.py"))
        if "bridge" not in path.parts and path.name != "__main__.py"  # LibreOffice's own Python runs the bridge
    ]
    assert len(names) > 200
    done = subprocess.run(
        [sys.executable, "-c", EACH_FIRST, ",".join(CONTRACTS["root_packages"]), *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert done.stdout.strip() == "[]", done.stderr
