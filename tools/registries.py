"""How this machine reaches its package registries: read it, and hand it on to a root that is to reach them as well.

No registry is named here: addresses, proxies, keys and certificates are those that the machine is set up with.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# What a machine says of its way to the registries, its processor, and how strict the tests shall be.
CARRIED: Final = re.compile(
    r"PIP_\w+|(?:https?|ftp|all|no)_proxy|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|OPENBLAS_\w+"
    r"|PORTFOLIO_REQUIRE_ALL_TIERS",
    re.IGNORECASE,
)
SETTINGS: Final = (
    "etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/xdg/pip", "root/.config/pip", "root/.pip",
    "etc/ssl/certs/ca-certificates.crt", "usr/local/share/ca-certificates",
    "etc/apt/apt.conf", "etc/apt/auth.conf", "etc/apt/auth.conf.d", "etc/apt/keyrings", "etc/apt/trusted.gpg.d",
)  # fmt: skip


def carried(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that a command in the root needs as well."""
    return {name: value for name, value in environment.items() if CARRIED.fullmatch(name)}


def carry(machine: Path, root: Path, release: str) -> None:
    """Copy how a machine reaches its package registries into the root: its names, certificates, pip's and apt's settings.

    Parameters
    ----------
    machine
        The root of the machine, such as `/`.
    root
        The root to run in.
    release
        Of apt's sources, those of this release, its updates and its security fixes; all others stay behind.
    """
    for name in SETTINGS:
        _copy(machine / name, root / name)
    for path in sorted((machine / "etc/apt/apt.conf.d").glob("*")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "Acquire" in text and "Invoke" not in text:  # the way to the registries, and no program to be started
            _copy(path, root / path.relative_to(machine))
    found = sources(machine / "etc/apt", release)
    if not found:
        return  # debootstrap has written where it got Debian from
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for name, text in found.items():
        target = root / "etc/apt" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        for key in re.findall(r"(?:signed-by\s*[:=]\s*)(/[^\s\]]+)", text, flags=re.IGNORECASE):
            _copy(machine / key[1:], root / key[1:])


def sources(etc_apt: Path, release: str) -> dict[str, str]:
    """Return the machine's own sources of a release, its updates and its security fixes, by file name below /etc/apt."""
    suites = {release, f"{release}-updates", f"{release}-security"}
    found: dict[str, list[str]] = {}
    for path in sorted(etc_apt.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
            named = re.search(r"^Suites:(.*)$", stanza, flags=re.MULTILINE | re.IGNORECASE)
            if named and suites.issuperset(named[1].split()):
                found.setdefault(path.relative_to(etc_apt).as_posix(), []).append(stanza.strip("\n") + "\n\n")
    for path in [etc_apt / "sources.list", *sorted(etc_apt.glob("sources.list.d/*.list"))]:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = [line + "\n" for line in lines if _suite(line) in suites]
        if kept:
            found[path.relative_to(etc_apt).as_posix()] = kept
    return {name: "".join(parts) for name, parts in found.items()}


def mirror_of(found: Mapping[str, str], release: str) -> str | None:
    """Return the address from which the release itself comes, by its sources, or None."""
    for text in found.values():
        for stanza in re.split(r"\n\s*\n", text):
            named = re.search(r"^Suites:(.*)$", stanza, flags=re.MULTILINE | re.IGNORECASE)
            address = re.search(r"^URIs:\s*(\S+)", stanza, flags=re.MULTILINE | re.IGNORECASE)
            if named and address and release in named[1].split():
                return address[1]
        for line in text.splitlines():
            if _suite(line) == release:
                return re.sub(r"^deb\s+(?:\[[^]]*\]\s+)?", "", line.strip()).split()[0]
    return None


def _suite(line: str) -> str | None:
    """Return the suite that a line of apt's one-line format names, or None."""
    parts = re.match(r"\s*deb\s+(?:\[[^]]*\]\s+)?\S+\s+(\S+)", line)
    return parts[1] if parts else None


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder where it is; links are followed, since what they lead to may stay behind."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy(source, target)


def downloaders_proxies() -> dict[str, str]:
    """Return apt's proxy as the variable that debootstrap's downloader reads."""
    asked = subprocess.run(
        ["apt-config", "shell", "found", "Acquire::http::Proxy"], capture_output=True, text=True, check=False
    )
    named = re.search(r"found='(.+)'", asked.stdout)
    return {"http_proxy": named[1]} if named else {}
