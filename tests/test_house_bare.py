"""The run on a bare Debian: what comes along of the machine, what does not, and how it ends."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parent.parent / "tools"
sys.path.insert(0, str(TOOLS))

import bare  # noqa: E402 - lies in tools/, which is no package
import registries  # noqa: E402 - lies in tools/, which is no package
import system  # noqa: E402 - lies in tools/, which is no package

DEBIAN = """\
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/example.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""
BACKPORTS = DEBIAN.split("\n\n", maxsplit=1)[0].replace("bookworm bookworm-updates", "bookworm-backports")


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def everything(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in root.rglob("*")
        if path.is_file()
    }


def test_the_root_gets_the_machines_way_to_the_registries_and_nothing_else(tmp_path: Path) -> None:
    comes_along = {
        "etc/resolv.conf": "nameserver 192.0.2.1",
        "etc/pip.conf": "[global]\nindex-url = https://mirror.example/simple\n",
        "root/.config/pip/pip.conf": "[global]\ntimeout = 60\n",
        "etc/ssl/certs/ca-certificates.crt": "our authority",
        "usr/local/share/ca-certificates/ours.crt": "our authority",
        "etc/apt/apt.conf.d/proxy": 'Acquire::http::Proxy "http://proxy.example:3128";',
        "etc/apt/sources.list.d/debian.sources": DEBIAN,
        "usr/share/keyrings/example.gpg": "key",
    }
    stays_behind = {
        "etc/apt/apt.conf.d/hook": 'APT::Update::Post-Invoke { "/usr/bin/program"; };',
        "etc/apt/sources.list.d/bookworm-backports.sources": BACKPORTS,
        "etc/apt/sources.list.d/other.list": "deb https://other.example/apt stable main\n",
        "usr/share/fonts/mincho.ttf": "glyphs",
        "root/.bashrc": "alias",
    }
    machine = written(tmp_path / "machine", comes_along | stays_behind)
    root = written(tmp_path / "root", {"etc/apt/sources.list": "deb http://debootstrap.example/debian bookworm main\n"})
    registries.carry(machine, root, "bookworm")
    found = everything(root)
    name = "etc/apt/sources.list.d/debian.sources"
    assert found.pop(name).split() == comes_along.pop(name).split()
    assert found == comes_along


@pytest.mark.parametrize(
    ("files", "kept", "mirror"),
    [
        ({"sources.list.d/debian.sources": DEBIAN}, ["sources.list.d/debian.sources"], "http://mirror.example/debian"),
        (
            {
                "sources.list": "# deb http://old.example/debian bookworm main\n"
                "deb [signed-by=/key.gpg] http://list.example/debian bookworm main\n"
                "deb http://list.example/debian bookworm-backports main\n",
            },
            ["sources.list"],
            "http://list.example/debian",
        ),
        ({"sources.list": "deb http://list.example/ubuntu noble main\n"}, [], None),
    ],
)
def test_the_release_comes_from_the_machines_own_mirror(
    tmp_path: Path, files: dict[str, str], kept: list[str], mirror: str | None
) -> None:
    found = registries.sources(written(tmp_path, files), "bookworm")
    assert list(found) == kept
    assert "backports" not in "".join(found.values())
    assert registries.mirror_of(found, "bookworm") == mirror


def test_without_a_source_of_the_release_debootstraps_own_stays(tmp_path: Path) -> None:
    written(tmp_path / "machine", {"etc/apt/sources.list": "deb http://list.example/ubuntu noble main\n"})
    debootstraps = {"etc/apt/sources.list": "deb http://debootstrap.example/debian bookworm main\n"}
    registries.carry(tmp_path / "machine", written(tmp_path / "root", debootstraps), "bookworm")
    assert everything(tmp_path / "root") == debootstraps


def test_of_the_environment_only_the_way_to_the_registries_comes_along() -> None:
    comes_along = {"PIP_INDEX_URL": "a", "https_proxy": "b", "NO_PROXY": "c", "SSL_CERT_FILE": "d"}
    stays_behind = {"PYTHONPATH": "e", "DISPLAY": ":0", "VIRTUAL_ENV": "f", "PIPELINE": "g", "LANG": "ja_JP.UTF-8"}
    assert registries.carried(comes_along | stays_behind) == comes_along


# Stand-ins for what only root may do: the command then runs in the folder itself, without namespaces.
STAND_INS = {
    "unshare": 'while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"',
    "mount": 'test ! -e "$FAILS"',
    "chroot": 'exec /bin/sh -c "$(printf %s "$4" | sed "s#cd \'#cd \'$1#")"',
}


@pytest.mark.skipif(os.name == "nt", reason="for Debian")
@pytest.mark.parametrize(
    ("command", "mounts", "code", "end"),
    [
        ("echo done", True, 0, "done"),
        ("pwd | grep -o 'customer-portfolio$'; exit 7", True, 7, "customer-portfolio"),
        ("echo $HOME $DISPLAY $https_proxy", True, 0, "/root proxy.example"),
        ("echo never", False, 125, ""),
    ],
)
def test_a_command_in_the_root_tells_its_end_and_its_exit_code(
    command: str,
    mounts: bool,
    code: int,
    end: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, text in STAND_INS.items():
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\nFAILS={tmp_path / 'fails'}\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
    if not mounts:
        (tmp_path / "fails").touch()
    (tmp_path / "root" / bare.PLACE).mkdir(parents=True)
    monkeypatch.setattr(bare, "PATH", f"{tmp_path / 'bin'}:{bare.PATH}")
    monkeypatch.setenv("https_proxy", "proxy.example")
    monkeypatch.setenv("DISPLAY", ":0")
    ran = bare.run(tmp_path / "root", command, tmp_path, 1)
    assert ran.code == code
    assert ran.log.read_text(encoding="utf-8").strip() == end
    capsys.readouterr()
    bare.tell([ran], ["fonts-example"])
    told = capsys.readouterr().out
    assert f"── {command} ──\n{end}" in told
    assert f"exit code {code}" in told
    assert "fonts-example" in told


@pytest.mark.skipif(os.name == "nt", reason="for Debian")
@pytest.mark.parametrize(
    ("user", "arguments", "programs", "told"),
    [
        (1000, [], ("debootstrap", "git"), "sudo python3 tools/bare.py"),
        (0, [], ("git",), "run apt-get install debootstrap, or add --install-debootstrap"),
        (0, [], ("debootstrap",), "not found: git"),
        (0, ["--folder", str(TOOLS)], ("debootstrap", "git"), "must lie outside this project"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_made(
    user: int,
    arguments: list[str],
    programs: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    here = {*programs, "tar", "unshare", "chroot"}
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name in here else None)
    monkeypatch.setattr(sys, "platform", "linux")
    folder = tmp_path / "folder"
    assert bare.main(["--folder", str(folder), *arguments]) == 1
    said = capsys.readouterr()
    assert told in said.err
    assert said.err.startswith("エラー: ")
    assert not folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="for Debian")
def test_a_root_in_which_something_is_mounted_is_not_emptied() -> None:
    with pytest.raises(system.Stop, match="something is mounted at /proc"):
        bare.remove(Path("/proc"))
