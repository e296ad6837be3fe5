"""Claim: `portfolio --help` starts in at most 4 times the time of an empty Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from measure import Row, compare


def measure() -> list[Row]:
    """Time processes, as a shell starts them; a command of click with nothing in it shows what is click's own share."""
    script = str(Path(sys.executable).with_name("portfolio"))
    ours = ("portfolio --help", lambda: subprocess.run([script, "--help"], capture_output=True, check=True))
    python = ("python -c pass", lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    bare = [sys.executable, "-c", "import click; click.command()(lambda: None)(['--help'])"]
    click = ("click, empty command", lambda: subprocess.run(bare, capture_output=True, check=True))
    return [compare(ours, python, budget=4, runs=15), compare(ours, click, budget=None, runs=15)]
