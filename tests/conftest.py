"""What all tests share: the tier that needs a real LibreOffice, and one LibreOffice for the whole session."""

from __future__ import annotations

import atexit
import gc
import itertools
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers.office import Office, missing
from helpers.typefaces import without_letters
from hypothesis import settings

from addin.packaging.oxt import build, typelib

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import spread
import wine
from system import browser_state

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["spread"]

REQUIRE_ALL = "PORTFOLIO_REQUIRE_ALL_TIERS"

# A shared or slow machine must not turn a property into a timing test.
settings.register_profile("portfolio", deadline=None)
settings.load_profile("portfolio")

# No test may write into a person's own store of runs, nor a process that a test starts: set before any test is imported.
os.environ["PORTFOLIO_RUNS"] = tempfile.mkdtemp(prefix="portfolio-runs-")
atexit.register(shutil.rmtree, os.environ["PORTFOLIO_RUNS"], ignore_errors=True)
# Nor into the log of what nobody foresaw.
os.environ["PORTFOLIO_LOG"] = f"{os.environ['PORTFOLIO_RUNS']}/incidents.log"
# Nor may a person's own mapping profiles change what a test reads.
os.environ["PORTFOLIO_PROFILES"] = f"{os.environ['PORTFOLIO_RUNS']}/profiles"
# Nor among a person's documents, where the set-up puts the workbooks.
os.environ["XDG_DOCUMENTS_DIR"] = f"{os.environ['PORTFOLIO_RUNS']}/documents"

# Nor may a test hang on the typefaces of this machine: what our documents need, they carry.
os.environ.update(without_letters(Path(os.environ["PORTFOLIO_RUNS"], "typefaces")))

# What a test reads is Japanese unless it asks for English, whatever language this machine speaks.
for _name in ("PORTFOLIO_LANG", "LC_ALL", "LC_MESSAGES"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C.UTF-8"

_stores = itertools.count()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run, by name; a tier only where not every tier is demanded."""
    for marker, host, look in (
        ("calc", "tier 3, real LibreOffice", missing),
        ("chromium", "tier 3, a real Chromium", browser_state),
        ("wine", "tier 4, real xlwings under Wine", wine.trouble),
    ):
        chosen = [item for item in items if item.get_closest_marker(marker)]
        lack = look() if chosen else None
        if lack is not None and os.environ.get(REQUIRE_ALL) != "1":  # else the tests fail with the reason
            count = _leave_out(config, items, chosen)
            spread.note(config, f"{marker} ({host}): {count} tests left out: {lack}")
            spread.note(config, f"With {REQUIRE_ALL}=1 they fail instead.")
    compiling = [item for item in items if "sdk" in getattr(item, "fixturenames", ())]
    if compiling and not typelib.has_sdk():
        # No tier of its own: a running LibreOffice has read the kept library back to us in test_addin_calc.py.
        count = _leave_out(config, items, compiling)
        spread.note(config, f"compiling the type library anew: {count} test left out: no SDK (apt: libreoffice-dev)")


def _leave_out(config: pytest.Config, items: list[pytest.Item], chosen: list[pytest.Item]) -> int:
    config.hook.pytest_deselected(items=chosen)
    items[:] = [item for item in items if item not in chosen]
    return len(chosen)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays to the end, and let it look less often: a page of a report is 100,000 objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def own_store() -> Iterator[None]:
    """Give every test a store of runs and a folder of profiles of its own, so that none finds what another has stored."""
    shared = {name: os.environ[name] for name in ("PORTFOLIO_RUNS", "PORTFOLIO_PROFILES")}
    number = next(_stores)
    os.environ.update({name: f"{folder}/test-{number}" for name, folder in shared.items()})
    yield
    os.environ.update(shared)


@pytest.fixture(scope="session")
def sdk() -> None:
    """Ask for LibreOffice's SDK; without it the test is left out, by name."""
    assert typelib.has_sdk()


@pytest.fixture(scope="session")
def addin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the unpacked Calc add-in, built from this source tree."""
    return build.unpack(tmp_path_factory.mktemp("oxt") / "customer-portfolio")


@pytest.fixture(scope="session")
def office(addin_folder: Path) -> Iterator[Office]:
    """Yield the one LibreOffice of the session, with our add-in and the interpreter that runs these tests."""
    lack = missing()
    if lack is not None:
        pytest.fail(f"the calc tier cannot run: {lack}", pytrace=False)
    with Office((addin_folder,), {"PORTFOLIO_PYTHON": sys.executable}) as running:
        yield running
