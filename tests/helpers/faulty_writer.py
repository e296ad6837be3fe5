"""A process that stores runs and dies of it: started by test_engine_store_faults.py, prints what it did as JSON.

It loads the libraries once and forks a child for every fault, so that dozens of real deaths cost seconds.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from engine.language.errors import Refusal
from engine.runs import store
from helpers.runs_of_two_reviews import earlier, later

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.scoring.portfolio import Portfolio

TIMED = 12
WRITERS = 4
SMALL = 20_000  # bytes: smaller than the largest part


def forked(folder: Path, work: Callable[[], None]) -> int:
    """Start a child that works on the store in `folder`, and return its process id."""
    child = os.fork()
    if child == 0:
        os.environ["PORTFOLIO_RUNS"] = str(folder)
        try:
            work()
        except Refusal as refusal:
            (folder / "refusal.txt").write_text(refusal.to("ja"), encoding="utf-8")
            os._exit(2)
        os._exit(0)
    return child


def ended(child: int) -> int:
    """Return how a child ended: its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def killed_at(step: int, run: Portfolio) -> list[str]:
    """Store a run, and die before the step-th call that makes something last: fsync, rename or unlink."""
    done: list[str] = []

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **extra: Any) -> Any:
            done.append(name)
            if len(done) == step:
                sys.stdout.write(f"{name}\n")
                sys.stdout.flush()
                die()
            return real(*arguments, **extra)

        return call

    os.fsync = watched("fsync", os.fsync)
    Path.rename = watched("rename", Path.rename)  # type: ignore[method-assign]
    Path.replace = watched("replace", Path.replace)  # type: ignore[method-assign]
    Path.unlink = watched("unlink", Path.unlink)  # type: ignore[method-assign]
    store.store_run(run)
    return done


def limited(run: Portfolio) -> None:
    """Store a run where no file may become large: the kernel refuses, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))
    store.store_run(run)


def main(base: Path) -> list[dict[str, Any]]:
    first, second = earlier(), later()
    prepared = base / "prepared"
    prepared.mkdir()
    assert ended(forked(prepared, lambda: void(store.store_run(first)))) == 0
    report: list[dict[str, Any]] = []

    def fresh(name: str) -> Path:
        return Path(shutil.copytree(prepared, base / name))

    step, result = 1, -signal.SIGKILL
    while result == -signal.SIGKILL:
        folder = fresh(f"step-{step}")
        result = ended(forked(folder, lambda at=step: void(killed_at(at, second))))  # type: ignore[misc]
        report.append({"fault": "kill", "moment": step, "folder": str(folder), "ended": result})
        step += 1
    whole = timed_once(fresh("timed"), second)
    chance = random.Random(20261122)
    for number in range(TIMED):
        folder, wait = fresh(f"timed-{number}"), chance.uniform(0, whole)
        child = forked(folder, lambda: void(store.store_run(second)))
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        report.append({"fault": "timed", "moment": round(wait, 4), "folder": str(folder), "ended": ended(child)})
    folder = fresh("limited")
    report.append({"fault": "limit", "folder": str(folder), "ended": ended(forked(folder, lambda: limited(second)))})
    folder = fresh("writers")
    children = [forked(folder, lambda: both(first, second)) for _ in range(WRITERS)]
    report.append({"fault": "writers", "folder": str(folder), "ended": max(map(ended, children))})
    return report


def timed_once(folder: Path, run: Portfolio) -> float:
    start = time.monotonic()
    assert ended(forked(folder, lambda: void(store.store_run(run)))) == 0
    return time.monotonic() - start


def both(first: Portfolio, second: Portfolio) -> None:
    for _ in range(3):
        store.store_run(second)
        store.store_run(first)


def void(_: object) -> None:
    """Drop a result."""


def on_a_full_disk(base: Path) -> dict[str, Any]:
    """Store two runs on a disk that holds one, look, and store the second again once there is room."""
    os.environ["PORTFOLIO_RUNS"] = str(base / "store")
    first, second = earlier(), later()
    store.store_run(first)
    try:
        store.store_run(second)
        message = ""
    except Refusal as refusal:
        message = refusal.to("ja")
    left = sorted(path.name for path in (base / "store" / "runs").iterdir())
    whole = store.load(base / "store" / "runs" / left[-1]).hash == first.hash
    subprocess.run(["mount", "-o", "remount,size=8m", str(base)], check=True)
    store.store_run(second)
    return {"message": message, "left": left, "whole": whole, "after": len(store.entries())}


if __name__ == "__main__":
    place = Path(sys.argv[1])
    found = on_a_full_disk(place) if sys.argv[2:] == ["full"] else main(place)
    sys.stdout.write(json.dumps(found) + "\n")
