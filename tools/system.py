"""The system packages that the product and its tests need: find out, install, or name the command that would.

Every need is probed for itself (a library is loaded, a program is asked for its version), never remembered, so that a
machine where they came another way is as welcome as one where apt put them.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CALC_AT_LEAST = (25, 2)  # older ones do not resolve a plain =PORTFOLIO_SEGMENT( in an .xlsx to an add-in's function
CALC_PACKAGES = ("libreoffice-calc", "python3-uno", "libreoffice-dev")  # the last compiles the add-in's type library
WINE_PACKAGES = ("wine64", "wine")
CHROMIUM_PACKAGE = "chromium"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
SDK = Path("/usr/lib/libreoffice/sdk/bin/unoidl-write")
APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-qq", "-o", "DPkg::Lock::Timeout=300")
ADDED_SOURCE = Path("/etc/apt/sources.list.d")


class Stop(Exception):  # noqa: N818 - the set-up ends here in order, with a sentence for the person at the terminal
    """The set-up cannot go on; `ja` and `en` say why and what to type, on one line each."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.ja = ja
        self.en = en


@dataclass(frozen=True)
class Need:
    """Something that must be there, and the Debian or Ubuntu package that brings it."""

    package: str
    present: Callable[[], bool]


def say(ja: str, en: str) -> None:
    """Tell the person at the terminal what happens now, in both languages."""
    print(f"● {ja} / {en}", flush=True)


def ensure_packages(*, for_tests: bool) -> None:
    """Make sure that Python can make a virtual environment and that the libraries are there that draw the report.

    With `for_tests`, also the programs with which the tests look at a finished PDF and what the browser's driver needs.

    Raises
    ------
    Stop
        When something is not there and cannot be installed here; the sentence names the command.
    """
    needs = [
        Need(f"python3.{sys.version_info.minor}-venv", _has_ensurepip),
        Need("libpango-1.0-0", partial(_loads, "libpango-1.0.so.0")),
        Need("libpangoft2-1.0-0", partial(_loads, "libpangoft2-1.0.so.0")),
        Need("libharfbuzz-subset0", partial(_loads, "libharfbuzz-subset.so.0")),
    ]
    if for_tests:
        needs.append(Need("poppler-utils", _has_poppler))
        needs.append(Need("libatomic1", partial(_loads, "libatomic.so.1")))  # playwright's own Node.js asks for it
    missing = [need.package for need in needs if not need.present()]
    if not missing or not sys.platform.startswith("linux"):
        return  # on Windows and macOS the README says where the libraries come from
    names = " ".join(missing)
    privilege = _privilege(f"sudo apt-get install -y --no-install-recommends {names}", names)
    say(f"システムパッケージを入れます: {names}", f"installing system packages: {names}")
    _apt(privilege, ["update"], may_fail=True)
    _apt(privilege, ["install", "--no-install-recommends", *missing])
    still = " ".join(need.package for need in needs if not need.present())
    if still:
        raise Stop(f"{still} を入れましたが使えません", f"{still} was installed but cannot be used")


def ensure_calc() -> None:
    """Make sure that a LibreOffice Calc new enough for the tests of tier 3 is there.

    Raises
    ------
    Stop
        When it is not there and cannot be installed here; the sentence names the command.
    """
    if calc_state() is None and SDK.exists():
        return
    wanted = CALC_PACKAGES if calc_state() else CALC_PACKAGES[-1:]
    packages = " ".join(wanted)
    command = f"sudo {Path(sys.executable).name} tools/setup.py packages"
    privilege = _privilege(command, packages)
    say(f"試験用に {packages} を入れます(数分)", f"installing {packages} for the tests (a few minutes)")
    _apt(privilege, ["update"], may_fail=True)
    _apt(privilege, ["install", "--no-install-recommends", *_calc_release(privilege), *wanted])
    state = calc_state()
    if state is not None:
        raise Stop(
            f"LibreOffice Calc を入れましたが使えません: {state}",
            f"LibreOffice Calc was installed but does not work: {state}",
        )


def ensure_wine() -> None:
    """Make sure that Wine is there, in which the tests of tier 4 run Windows' own Python.

    Raises
    ------
    Stop
        When it is not there and cannot be installed here; the sentence names the command.
    """
    if shutil.which("wine"):
        return
    if platform.machine() not in {"x86_64", "AMD64"}:
        raise Stop("Wine は x86-64 の機械でだけ使えます", "Wine can be used on x86-64 machines only")
    packages = " ".join(WINE_PACKAGES)
    command = f"sudo {Path(sys.executable).name} tools/setup.py packages"
    privilege = _privilege(command, packages)
    say(f"試験用に {packages} を入れます", f"installing {packages} for the tests")
    _apt(privilege, ["update"], may_fail=True)
    _apt(privilege, ["install", "--no-install-recommends", *WINE_PACKAGES])


def ensure_browser() -> None:
    """Make sure that a Chromium is there, in which the tests of tier 3 open the HTML report.

    Raises
    ------
    Stop
        When it is not there and cannot be installed here; the sentence names the command.
    """
    if browser() is not None:
        return
    command = f"sudo {Path(sys.executable).name} tools/setup.py packages"
    privilege = _privilege(command, CHROMIUM_PACKAGE)
    say(f"試験用に {CHROMIUM_PACKAGE} を入れます", f"installing {CHROMIUM_PACKAGE} for the tests")
    _apt(privilege, ["update"], may_fail=True)
    _apt(privilege, ["install", "--no-install-recommends", CHROMIUM_PACKAGE])
    if browser() is None:
        raise Stop(
            f"{CHROMIUM_PACKAGE} を入れましたが見つかりません", f"{CHROMIUM_PACKAGE} was installed but cannot be found"
        )


def browser() -> str | None:
    """Return the path of a browser of Chromium's family, or None."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def browser_state() -> str | None:
    """Return None when the tests can open a browser, else what is missing."""
    return None if browser() else f"Chromium is not installed (apt: {CHROMIUM_PACKAGE})"


def calc_state() -> str | None:
    """Return None when Calc and its Python bridge can be used by the tests, else what is wrong with them."""
    program = shutil.which("soffice") or shutil.which("/usr/lib/libreoffice/program/soffice")
    if program is None:
        return "LibreOffice is not installed"
    with tempfile.TemporaryDirectory() as profile:  # so that asking leaves nothing in the user's home
        profile_url = f"-env:UserInstallation={Path(profile).as_uri()}"
        words = _output([program, profile_url, "--headless", "--version"])
    found = re.search(r"LibreOffice (\d+)\.(\d+)", words)
    if found is None:
        return "soffice --version does not answer"
    if (int(found[1]), int(found[2])) < CALC_AT_LEAST:
        return f"{found[0]} is older than {CALC_AT_LEAST[0]}.{CALC_AT_LEAST[1]}"
    if _output(["/usr/bin/python3", "-c", "import uno; print('here')"]) != "here\n":
        return "/usr/bin/python3 has no module uno (package python3-uno)"
    return None


# ── probing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _has_ensurepip() -> bool:
    importlib.invalidate_caches()  # apt may have brought it a moment ago
    return importlib.util.find_spec("ensurepip") is not None and importlib.util.find_spec("venv") is not None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_poppler() -> bool:
    return all(shutil.which(tool) for tool in ("pdffonts", "pdftotext", "pdftoppm"))


def _output(command: Sequence[str]) -> str:
    """Return what the command prints in the untranslated locale; empty when it fails or does not exist."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment
        )
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


# ── installing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _privilege(command: str, names: str) -> list[str]:
    """Return what to put before apt-get: nothing for root, sudo for a user who may; else stop, naming the command."""
    if shutil.which("apt-get") is None:
        raise Stop(
            f"{names} が必要です。Debian/Ubuntu 以外では、同じものをお使いの方法で入れてください",
            f"{names} needed: this is no Debian or Ubuntu, so please install the like of it your own way",
        )
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        if (
            subprocess.run(
                ["sudo", "-n", "true"], capture_output=True, check=False, stdin=subprocess.DEVNULL
            ).returncode
            == 0
        ):
            return ["sudo", "-n"]
        if sys.stdin is not None and sys.stdin.isatty():
            return ["sudo"]
    raise Stop(
        f"{names} が必要ですが、この利用者は導入できません。管理者が次を実行してください: {command}",
        f"{names} needed, but this user may not install packages. An administrator should run: {command}",
    )


def _apt(privilege: Sequence[str], arguments: Sequence[str], *, may_fail: bool = False) -> None:
    """Run apt-get without questions; `update` may fail where some unrelated source of the machine is broken."""
    done = subprocess.run(
        [*privilege, *APT, *arguments],
        stdin=None if "-n" not in privilege and privilege else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0 or may_fail:
        return
    print("\n".join(done.stdout.splitlines()[-12:]), file=sys.stderr)
    told = " ".join(["apt-get", "-y", *arguments])
    raise Stop(f"失敗しました(上記の apt の出力をご覧ください): {told}", f"failed (see apt's words above): {told}")


# ── which LibreOffice ─────────────────────────────────────────────────────────────────────────────────────────────────


def _calc_release(privilege: Sequence[str]) -> list[str]:
    """Return apt's `-t RELEASE` where the release's own Calc is too old, after adding Debian's backports if need be."""
    candidate, best = _calc_versions()
    if candidate >= CALC_AT_LEAST:
        return []
    system = _os_release()
    backports = f"{system.get('VERSION_CODENAME', '')}-backports"
    if system.get("ID") == "debian" and best < CALC_AT_LEAST:
        _add_backports(privilege, backports)
        _apt(privilege, ["update"], may_fail=True)
        _, best = _calc_versions()
    if best >= CALC_AT_LEAST:
        return ["-t", backports]
    wanted = f"LibreOffice {CALC_AT_LEAST[0]}.{CALC_AT_LEAST[1]}"
    here = system.get("PRETTY_NAME", "?")
    raise Stop(
        f"{wanted} 以上が必要ですが、{here} の apt にはありません。別途導入してください(試験の第3層用)",
        f"{wanted} or newer is needed, but apt on {here} has none: install it your own way (for tier 3 of the tests)",
    )


def _calc_versions() -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the version that apt would take by itself, and the newest that it knows of; (0, 0) for none."""
    words = _output(["apt-cache", "policy", CALC_PACKAGES[-1]])  # one that is not there yet, whichever is missing
    candidate = re.search(r"Candidate: (?:\d+:)?(\d+)\.(\d+)", words)
    table = re.findall(r"^ (?:\*\*\*|   ) (?:\d+:)?(\d+)\.(\d+)", words, flags=re.MULTILINE)
    versions = [(int(major), int(minor)) for major, minor in table]
    return (int(candidate[1]), int(candidate[2])) if candidate else (0, 0), max(versions, default=(0, 0))


def _os_release() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


def _add_backports(privilege: Sequence[str], backports: str) -> None:
    """Add a source for Debian's backports that is the machine's own source of Debian with another suite.

    So it takes the mirror and the signing key that the administrator already trusts.
    """
    name, text = _backports_source(Path("/etc/apt"), backports)
    target = ADDED_SOURCE / name
    say(f"Debian の backports を追加します: {target}", f"adding Debian's backports: {target}")
    done = subprocess.run(
        [*privilege, "tee", str(target)], input=text, text=True, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise Stop(f"{target} を書けません", f"cannot write {target}")


def _backports_source(etc_apt: Path, backports: str) -> tuple[str, str]:
    """Return file name and text of the source to add, made from the machine's own; either of apt's two formats."""
    release = backports.removesuffix("-backports")
    for path in sorted(etc_apt.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
            suites = re.search(r"^Suites:(.*)$", stanza, flags=re.MULTILINE | re.IGNORECASE)
            if (
                suites
                and release in suites[1].split()
                and not re.search(r"^Enabled:\s*no", stanza, re.MULTILINE | re.IGNORECASE)
            ):
                own = stanza.replace(suites[0], f"Suites: {backports}").strip("\n")
                return f"{backports}.sources", own + "\n"
    for path in [etc_apt / "sources.list", *sorted(etc_apt.glob("sources.list.d/*.list"))]:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for line in lines:
            parts = re.match(rf"^(deb\s+(?:\[[^]]*\]\s+)?\S+)\s+{re.escape(release)}\s+main\b", line)
            if parts:
                return f"{backports}.list", f"{parts[1]} {backports} main\n"
    raise Stop(
        f"apt の設定に {release} の行が見つからないため、{backports} を追加できません",
        f"cannot add {backports}: no source of {release} among apt's sources",
    )
