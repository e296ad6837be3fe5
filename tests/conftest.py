"""What all tests share: the tier that needs a real LibreOffice, and one LibreOffice for the whole session."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from office import Office, missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUIRE_ALL = "PORTFOLIO_REQUIRE_ALL_TIERS"

# A shared or slow machine must not turn a property into a timing test.
settings.register_profile("portfolio", deadline=None)
settings.load_profile("portfolio")

_left_out = pytest.StashKey[tuple[int, str]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the Calc tier out where it cannot run, unless every tier is demanded; never in silence."""
    calc = [item for item in items if item.get_closest_marker("calc")]
    if not calc:
        return
    lack = missing()
    if lack is None or os.environ.get(REQUIRE_ALL) == "1":
        return  # where every tier is demanded, the fixture fails with the reason
    config.stash[_left_out] = (len(calc), lack)
    config.hook.pytest_deselected(items=calc)
    items[:] = [item for item in items if item not in calc]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the tier that did not run, and why."""
    if _left_out in config.stash:
        count, lack = config.stash[_left_out]
        terminalreporter.section("tiers that this machine could not run", yellow=True)
        terminalreporter.line(f"calc (tier 3, real LibreOffice): {count} tests left out: {lack}")
        terminalreporter.line(f"With {REQUIRE_ALL}=1 they fail instead.")


@pytest.fixture(scope="session")
def addin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the unpacked Calc add-in, built from this source tree."""
    from addin.calc.build import unpack

    return unpack(tmp_path_factory.mktemp("oxt") / "customer-portfolio")


@pytest.fixture(scope="session")
def office(addin_folder: Path) -> Iterator[Office]:
    """Yield the one LibreOffice of the session, with our add-in and the interpreter that runs these tests."""
    lack = missing()
    if lack is not None:
        pytest.fail(f"the calc tier cannot run: {lack}", pytrace=False)
    with Office((addin_folder,), {"PORTFOLIO_PYTHON": sys.executable}) as running:
        yield running
