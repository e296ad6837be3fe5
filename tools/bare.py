"""Run the README's two commands on a bare Debian: `sudo python3 tools/bare.py [options] [command ...]`.

It makes a Debian root by debootstrap in a folder of its own, with Python and make and nothing else, puts the committed
state of this checkout into it, and runs `make demo` and `make test` there (or the commands given). At the end it prints
the last lines of each command, how long it took and its exit code, and which packages of fonts the root has by then.
It ends with the exit code of the first command that failed. Plain standard library, Debian only, as root.

How this machine reaches its package registries comes along: sources, proxies and keys of apt, settings of pip,
certificates. Mounts and processes live in namespaces of their own, so that nothing of them outlives a command, however
it ends. The root as debootstrap leaves it is kept as an archive in the folder; the next run starts from that.

Decision 0262: why a bare root proves the two commands.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from registries import carried, carry, downloaders_proxies, mirror_of, sources
from system import APT, Stop, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = Path("/var/tmp/customer-portfolio-bare")  # noqa: S108 - root's own; it is emptied only where we made it
COMMANDS: Final = ("make demo", "make test")
INCLUDED: Final = ("python3", "make")
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PLACE: Final = "opt/customer-portfolio"  # where the checkout lies in the root
SHOWN: Final = 25  # lines of each command's end
# In namespaces of its own: the shell stays as the first process, which buries what the command leaves behind.
INSIDE: Final = """
mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" &&
mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm" || exit 125
chroot "$1" /bin/sh -c "cd '/$2' && $3"
code=$?
exit "$code"
"""


@dataclass(frozen=True)
class Ran:
    """What became of a command: its exit code, its seconds, and where all that it said lies."""

    command: str
    code: int
    seconds: float
    log: Path


def main(arguments: Sequence[str]) -> int:
    """Make the root, run the commands in it and tell how they ended; return the exit code."""
    options = _options(arguments)
    try:
        _refuse(options)
        base = _base(options)
        root = _root(base, options.folder / "root", options.release)
        ran = [run(root, command, options.folder, at) for at, command in enumerate(options.commands or COMMANDS, 1)]
        tell(ran, _fonts(root))
        if not options.keep:
            remove(root)
    except Stop as stop:
        print(f"エラー: {stop.ja}\nError: {stop.en}", file=sys.stderr)
        return 1
    return next((each.code for each in ran if each.code), 0)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tools/bare.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commands", nargs="*", metavar="command", help=f"what to run (default: {', '.join(COMMANDS)})")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where root, archive and logs lie (default: %(default)s)"
    )
    parser.add_argument("--release", default="bookworm", help="the release of Debian (default: %(default)s)")
    parser.add_argument(
        "--mirror", help="where debootstrap finds Debian (default: this machine's own source, else its own)"
    )
    parser.add_argument("--anew", action="store_true", help="run debootstrap even where its archive is kept")
    parser.add_argument("--keep", action="store_true", help="keep the root at the end, to look into it")
    parser.add_argument(
        "--install-debootstrap", action="store_true", help="install debootstrap by apt where it is missing"
    )
    options = parser.parse_args(arguments)
    options.folder = options.folder.resolve()
    return options


# ── what this machine must be able to do ──────────────────────────────────────────────────────────────────────────────


def _refuse(options: argparse.Namespace) -> None:
    """Stop with a sentence where this machine cannot do it."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise Stop(
            "Linux の root で実行してください: sudo python3 tools/bare.py",
            "this needs root on Linux: sudo python3 tools/bare.py",
        )
    if options.folder == ROOT or ROOT in options.folder.parents:
        raise Stop(
            f"--folder はこのプロジェクトの外にしてください: {options.folder}",
            f"--folder must lie outside this project: {options.folder}",
        )
    missing = [tool for tool in ("git", "tar", "unshare", "chroot") if shutil.which(tool) is None]
    if missing:
        names = ", ".join(missing)
        raise Stop(f"{names} が見つかりません", f"not found: {names}")
    if _archive(options).exists() and not options.anew:
        return
    if shutil.which("debootstrap") is None and options.install_debootstrap:
        say("debootstrap を入れます", "installing debootstrap")
        _call([*APT, "update"])
        _call([*APT, "install", "--no-install-recommends", "debootstrap"])
    if shutil.which("debootstrap") is None:
        raise Stop(
            "debootstrap がありません。apt-get install debootstrap を実行するか、--install-debootstrap を付けてください",
            "debootstrap is missing: run apt-get install debootstrap, or add --install-debootstrap",
        )


# ── the root ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _archive(options: argparse.Namespace) -> Path:
    folder: Path = options.folder
    return folder / f"base-{options.release}.tar"


def _base(options: argparse.Namespace) -> Path:
    """Return the archive of the root as debootstrap leaves it, made now where there is none."""
    archive = _archive(options)
    if archive.exists() and not options.anew:
        return archive
    making = options.folder / "making"
    remove(making)
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what is copied may hold passwords of a registry
    making.mkdir()
    say(f"debootstrap で {options.release} を用意します", f"making {options.release} by debootstrap")
    mirror = options.mirror or mirror_of(sources(Path("/etc/apt"), options.release), options.release)
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(INCLUDED)}", options.release, str(making)]
    _call([*command, *([mirror] if mirror else [])], environment={**os.environ, **downloaders_proxies()})
    for package in (making / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()
    part = archive.with_suffix(".part")
    _call(["tar", "-C", str(making), "--numeric-owner", "-cf", str(part), "."])
    part.replace(archive)
    remove(making)
    return archive


def _root(base: Path, root: Path, release: str) -> Path:
    """Return a fresh root with this machine's way to the registries and the committed state of this checkout."""
    remove(root)
    root.mkdir()
    _call(["tar", "-C", str(root), "--numeric-owner", "-xf", str(base)])
    carry(Path("/"), root, release)
    place = root / PLACE
    place.mkdir(parents=True)
    with subprocess.Popen(["git", "-C", str(ROOT), "archive", "HEAD"], stdout=subprocess.PIPE) as archive:
        _call(["tar", "-C", str(place), "-xf", "-"], source=archive)
    if archive.returncode:
        raise Stop("git archive HEAD が失敗しました", "git archive HEAD failed")
    if subprocess.run(["git", "-C", str(ROOT), "diff", "--quiet", "HEAD"], check=False).returncode:
        say("コミットしていない変更は含みません", "changes that are not committed are not in it")
    return root


def remove(root: Path) -> None:
    """Remove a root of ours; refuse where something is mounted in it, which would be emptied as well."""
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
    inside = [place for place in mounted if Path(place) == root or root in Path(place).parents]
    if inside:
        raise Stop(
            f"{inside[0]} に何かがマウントされています。umount してからもう一度実行してください",
            f"something is mounted at {inside[0]}: unmount it, then run this again",
        )
    if root.exists():
        shutil.rmtree(root)


# ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def run(root: Path, command: str, folder: Path, number: int) -> Ran:
    """Run a command in the root, with all that it says in a file."""
    log = folder / f"{number}-{re.sub(r'[^A-Za-z0-9]+', '-', command).strip('-')[:60]}.log"
    say(
        f"何もない Debian で実行します: {command}(出力: {log})",
        f"running on the bare Debian: {command} (output: {log})",
    )
    environment = {"HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb", "PATH": PATH, **carried(os.environ)}
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    started = time.monotonic()
    with log.open("wb") as heard:
        process = subprocess.Popen(
            [*apart, "sh", "-c", INSIDE, "sh", str(root), PLACE, command],
            stdin=subprocess.DEVNULL,
            stdout=heard,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        try:
            code = process.wait()
        finally:
            process.kill()  # where we are stopped: all in its namespaces ends with it
            process.wait()
    return Ran(command, code, time.monotonic() - started, log)


def _call(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    source: subprocess.Popen[bytes] | None = None,
) -> None:
    """Run a program of this machine that must succeed; show the end of what it said where it does not."""
    done = subprocess.run(
        command,
        stdin=source.stdout if source else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        check=False,
    )
    if done.returncode:
        print("\n".join(done.stdout.decode(errors="replace").splitlines()[-12:]), file=sys.stderr)
        told = subprocess.list2cmdline(command)
        raise Stop(f"失敗しました(上記の出力をご覧ください): {told}", f"failed (see the words above): {told}")


def _fonts(root: Path) -> list[str]:
    """Return the packages of fonts that are installed in the root."""
    status = (root / "var/lib/dpkg/status").read_text(encoding="utf-8")
    return sorted(
        re.findall(r"^Package: ((?:fonts|xfonts|ttf)-\S+)\nStatus: install ok installed", status, re.MULTILINE)
    )


def tell(ran: Sequence[Ran], fonts: Sequence[str]) -> None:
    """Print the end of each command, and a table of all."""
    for each in ran:
        print(f"\n── {each.command} ──")
        print("\n".join(each.log.read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN:]))
    print()
    for each in ran:
        print(f"{each.command}: {each.seconds:.0f} s, 終了コード / exit code {each.code}")
    print(f"入ったフォント / fonts in the root by now: {', '.join(fonts) or 'なし / none'}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what runs in the root is ended with us
    sys.exit(main(sys.argv[1:]))
