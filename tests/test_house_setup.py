"""The set-up: what it does on machines that we cannot keep at hand."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.interruptible import hear_ctrl_c

TOOLS = Path(__file__).resolve().parent.parent / "tools"
sys.path.insert(0, str(TOOLS))

import setup  # noqa: E402 - lies in tools/, which is no package
import system  # noqa: E402 - lies in tools/, which is no package

STANZA = """\
Types: deb
# a comment that stays
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/example.gpg
"""


def apt(folder: Path, files: dict[str, str]) -> Path:
    (folder / "sources.list.d").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_backports_come_from_the_machines_own_mirror_with_its_own_key(tmp_path: Path) -> None:
    other = STANZA.replace("bookworm bookworm-updates", "bookworm-security")
    etc = apt(tmp_path, {"sources.list.d/debian.sources": other + "\n" + STANZA})
    name, text = system._backports_source(etc, "bookworm-backports")
    assert name == "bookworm-backports.sources"
    assert text == STANZA.replace("bookworm bookworm-updates", "bookworm-backports")


def test_backports_from_the_one_line_format_keep_its_options(tmp_path: Path) -> None:
    lines = (
        "# deb http://old.example/debian bookworm main\ndeb [arch=amd64] http://mirror.example/debian bookworm main\n"
    )
    etc = apt(tmp_path, {"sources.list": lines})
    name, text = system._backports_source(etc, "bookworm-backports")
    assert name == "bookworm-backports.list"
    assert text == "deb [arch=amd64] http://mirror.example/debian bookworm-backports main\n"


def test_a_source_that_is_switched_off_is_not_taken(tmp_path: Path) -> None:
    etc = apt(tmp_path, {"sources.list.d/debian.sources": STANZA + "Enabled: no\n"})
    with pytest.raises(system.Stop, match="bookworm"):
        system._backports_source(etc, "bookworm-backports")


@pytest.mark.parametrize(
    ("policy", "release", "expected"),
    [
        ("  Candidate: 4:25.2.3-2+deb13u5\n  Version table:\n     4:25.2.3-2+deb13u5 500\n", "debian trixie", []),
        (
            "  Candidate: 4:7.4.7-1\n  Version table:\n     4:25.2.3-2~bpo12+1 100\n *** 4:7.4.7-1 500\n",
            "debian bookworm",
            ["-t", "bookworm-backports"],
        ),
        (
            "  Candidate: 4:24.2.7-0ubuntu0.24.04.4\n  Version table:\n     4:24.2.7-0ubuntu0.24.04.4 500\n",
            "ubuntu noble",
            None,
        ),
    ],
)
def test_which_calc_apt_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, policy: str, release: str, expected: list[str] | None
) -> None:
    name, codename = release.split()
    monkeypatch.setattr(system, "_output", lambda command: policy)
    monkeypatch.setattr(
        system, "_os_release", lambda: {"ID": name, "VERSION_CODENAME": codename, "PRETTY_NAME": release}
    )
    if expected is None:
        with pytest.raises(system.Stop, match=r"LibreOffice 25\.2 or newer is needed, but apt on ubuntu noble"):
            system._calc_release([])
    else:
        assert system._calc_release([]) == expected


def test_who_may_not_install_is_told_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(system, "_loads", lambda library: False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(system.Stop) as stop:
        system.ensure_packages(for_tests=False)
    command = "sudo apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    for sentence in (stop.value.ja, stop.value.en):
        assert sentence.endswith(command)
        assert "\n" not in sentence


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the set-up work on a project with two locks; tell which of them pip was given, one after the other."""
    given: list[str] = []

    def run(command: list[str]) -> None:
        if "-r" in command:
            given.append(Path(command[-1]).name)

    for name in ("requirements-runtime.lock", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "RUNTIME_LOCK", tmp_path / "requirements-runtime.lock")
    monkeypatch.setattr(setup, "DEVELOPERS_LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(setup, "_usable", lambda: True)
    monkeypatch.setattr(setup, "_run", run)
    monkeypatch.setattr(setup, "ensure_packages", lambda *, for_tests: None)
    for host in ("ensure_calc", "ensure_browser", "ensure_wine"):
        monkeypatch.setattr(setup, host, lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    return given


def test_a_user_gets_the_runtime_lock_and_a_developer_adds_to_it_once(installed: list[str]) -> None:
    for stage in ("demo", "demo", "check", "demo", "test", "check", "demo"):
        assert setup.main([stage]) == 0
    assert installed == ["requirements-runtime.lock", "requirements.lock"]


def test_what_is_installed_follows_a_lock_that_changed(installed: list[str], tmp_path: Path) -> None:
    assert setup.main(["test"]) == 0
    (tmp_path / "requirements-runtime.lock").write_text("newer", encoding="utf-8")
    (tmp_path / "requirements.lock").write_text("newer, and tools", encoding="utf-8")
    assert setup.main(["demo"]) == 0  # now the tools that only developers use are still the old ones
    (tmp_path / "requirements.lock").write_text("requirements.lock", encoding="utf-8")
    assert setup.main(["test"]) == 0  # and the libraries are not those of this lock
    assert installed == ["requirements.lock", "requirements-runtime.lock", "requirements.lock"]


def test_targets_that_use_developers_tools_install_them() -> None:
    makefile = (TOOLS.parent / "Makefile").read_text(encoding="utf-8")
    makefile = makefile.replace("$(COMPILE)", "$(BIN)/uv pip compile")
    stages = {}
    for target, needs, recipe in re.findall(r"^([a-z-]+):([^#\n]*).*\n((?:\t.*\n)+)", makefile, flags=re.MULTILINE):
        used = set(re.findall(r"\$\(BIN\)/(ruff|mypy|lint-imports|uv)\b|(tools/\w+\.py)", recipe))
        if used and not target.startswith("ready"):
            stages[target] = needs.split()[0]
    assert {"test", "check", "lock", "golden", "gallery", "grades"} <= stages.keys()
    assert set(stages.values()) == {"ready-check", "ready-test"}


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGINT for another process")
def test_a_process_under_test_hears_ctrl_c_even_where_the_shell_has_it_ignored() -> None:
    asking = [sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as for a command that a shell starts in the background
    try:
        inherited = subprocess.check_output(asking, text=True)
        restored = subprocess.check_output(asking, text=True, preexec_fn=hear_ctrl_c)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (inherited, restored) == ("True\n", "False\n")
