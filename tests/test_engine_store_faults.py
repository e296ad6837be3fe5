"""What is left of the run store after each fault: real deaths of real processes, full disks, writers at once, damage.

`pytest tests/test_engine_store_faults.py -s` prints the table: fault, moment, what was left, message.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from helpers.runs_of_two_reviews import earlier, later

from engine.language.errors import Refusal
from engine.runs import runs, store
from engine.runs.store import audit, layout, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.scoring.portfolio import Portfolio

HERE = Path(__file__).resolve().parent
STEPS = ("fsync", "rename", "replace", "unlink")
table: list[tuple[str, str, str, str]] = []


@pytest.fixture(scope="module", autouse=True)
def printed() -> Iterator[None]:
    yield
    rows = [("fault", "moment", "what was left", "message"), *table]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    for row in rows:
        sys.stdout.write("\n" + "  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)))
    sys.stdout.write("\n")


@pytest.fixture(scope="module")
def two() -> tuple[Portfolio, Portfolio]:
    return earlier(), later()


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Every fault that a writer can die of, done once, each in a store of its own that holds the earlier run."""
    base = tmp_path_factory.mktemp("faults")
    done = started([sys.executable, str(HERE / "helpers" / "faulty_writer.py"), str(base)])
    assert done.returncode == 0, done.stderr
    *names, document = done.stdout.splitlines()
    report: list[dict[str, Any]] = json.loads(document)
    for row, name in zip(
        (each for each in report if each["ended"] == -9 and each["fault"] == "kill"), names, strict=True
    ):
        row["name"] = name
    return report


def started(command: list[str]) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(HERE.parent), str(HERE)])
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=300)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path / "store"))
    runs.forget_all()
    return tmp_path / "store"


def left_of(faulty: dict[str, Any], two: tuple[Portfolio, Portfolio], monkeypatch: pytest.MonkeyPatch) -> str:
    """Look at a store after a fault: the earlier run is whole, the later one whole or absent; then use it on."""
    monkeypatch.setenv("PORTFOLIO_RUNS", faulty["folder"])
    first, second = two
    found = store.entries()
    hashes = [entry.manifest.hash for entry in found if entry.manifest is not None]
    assert len(hashes) == len(found)
    assert first.hash in hashes
    assert set(hashes) <= {first.hash, second.hash}
    for entry in found:
        loaded = store.load(entry.folder)
        assert loaded.frame.equals(first.frame if loaded.hash == first.hash else second.frame)
    assert not audit.verify().troubles
    leftovers = [path for path in layout.runs_folder().iterdir() if path.name.startswith(".")]
    store.store_run(second)
    assert [path for path in layout.runs_folder().iterdir() if path.name.startswith(".")] == []
    assert {entry.manifest.hash for entry in store.entries() if entry.manifest} == {first.hash, second.hash}
    assert not audit.verify().troubles
    assert not list(Path(faulty["folder"]).glob("*.new"))
    later_one = "the later run whole" if second.hash in hashes else "no trace of the later run"
    swept = f"; {len(leftovers)} file(s) or folders left, swept by the next write" if leftovers else ""
    return f"the earlier run whole, {later_one}{swept}"


def test_a_writer_killed_before_any_step_leaves_the_old_runs_and_nothing_by_halves(
    faults: list[dict[str, Any]], two: tuple[Portfolio, Portfolio], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = [each for each in faults if each["fault"] == "kill"]
    assert [each["ended"] for each in killed] == [-9] * (len(killed) - 1) + [0]
    assert {each["name"] for each in killed[:-1]} == set(STEPS)
    stored = []
    for each in killed[:-1]:
        left = left_of(each, two, monkeypatch)
        stored.append("the later run whole" in left)
        table.append(("kill -9", f"before step {each['moment']} ({each['name']})", left, ""))
    names = [each["name"] for each in killed[:-1]]
    assert stored == [place > names.index("rename") for place in range(len(names))]  # the rename is the moment


def test_a_writer_killed_at_any_time_leaves_the_old_runs_and_nothing_by_halves(
    faults: list[dict[str, Any]], two: tuple[Portfolio, Portfolio], monkeypatch: pytest.MonkeyPatch
) -> None:
    timed = [each for each in faults if each["fault"] == "timed"]
    assert len(timed) == 12
    assert {each["ended"] for each in timed} <= {-9, 0}
    table.extend(
        ("kill -9", f"after {each['moment'] * 1000:.0f} ms", left_of(each, two, monkeypatch), "") for each in timed
    )


def test_a_limit_of_the_kernel_on_files_is_told_as_a_full_disk(
    faults: list[dict[str, Any]], two: tuple[Portfolio, Portfolio], monkeypatch: pytest.MonkeyPatch
) -> None:
    (limited,) = (each for each in faults if each["fault"] == "limit")
    assert limited["ended"] == 2
    message = Path(limited["folder"], "refusal.txt").read_text(encoding="utf-8")
    assert message.startswith("保存不可: ディスクの空きが足りず")
    table.append(("file size limit", "in the first large part", left_of(limited, two, monkeypatch), message))


def test_four_writers_of_the_same_and_of_different_runs_lose_nothing(
    faults: list[dict[str, Any]], two: tuple[Portfolio, Portfolio], monkeypatch: pytest.MonkeyPatch
) -> None:
    (writers,) = (each for each in faults if each["fault"] == "writers")
    assert writers["ended"] == 0
    monkeypatch.setenv("PORTFOLIO_RUNS", writers["folder"])
    lines = audit.records()
    assert len(lines) == 1 + 4 * 3 * 2  # the one before, then every store of every writer
    assert not audit.verify().troubles
    assert not audit.verify().notes
    left = left_of(writers, two, monkeypatch)
    table.append(
        ("four writers at once", "three times two runs each", f"{left}; 25 lines in the audit log, chain whole", "")
    )


def test_a_disk_that_is_really_full_keeps_the_old_run(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = 'mount -t tmpfs -o size=420k none "$1" && exec "$2" "$3" "$1" full'
    command = [
        "unshare",
        "-rm",
        "sh",
        "-c",
        script,
        "sh",
        str(disk),
        sys.executable,
        str(HERE / "helpers" / "faulty_writer.py"),
    ]
    if shutil.which("unshare") is None or started([*command[:5], 'mount -t tmpfs none "$1"', *command[6:]]).returncode:
        table.append(
            ("full disk (tmpfs)", "", "this machine lets no test mount a small disk; see the rows of ENOSPC", "")
        )
        return
    done = started(command)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["message"].startswith("保存不可: ディスクの空きが足りず")
    assert len(found["left"]) == 1  # the old run, no leftovers
    assert found["whole"]
    assert found["after"] == 2
    table.append(
        (
            "full disk (tmpfs)",
            "while the second run is written",
            "the earlier run whole, no leftovers",
            found["message"],
        )
    )


def test_a_full_disk_at_any_part_leaves_what_was(
    folder: Path, two: tuple[Portfolio, Portfolio], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    store.store_run(first)
    real, names = write._write_file, list[str]()

    def full(path: Path, content: bytes) -> None:
        if path.name == refused:
            with path.open("xb") as stream:
                stream.write(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        names.append(path.name)
        real(path, content)

    monkeypatch.setattr(write, "_write_file", full)
    for refused in (*(path.name for path in next(layout.runs_folder().glob("PF-*")).iterdir()),):
        with pytest.raises(Refusal) as caught:
            store.store_run(second)
        assert caught.value.kind == "unwritable"
        assert [path.name for path in layout.runs_folder().iterdir()] == [layout.folder_name("2025-09-24", first.hash)]
        table.append(("ENOSPC", f"in {refused}", "the earlier run whole, no leftovers", caught.value.to("en")))
    monkeypatch.setattr(write, "_write_file", real)
    store.store_run(second)
    assert len(store.entries()) == 2


def test_a_folder_that_may_not_be_written_is_told(folder: Path, two: tuple[Portfolio, Portfolio]) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    with pytest.raises(Refusal) as caught:
        store.store_run(two[0])
    assert caught.value.kind == "unwritable"
    assert "PORTFOLIO_RUNS" in caught.value.text.ja
    table.append(("no folder can be made", "before anything is written", "what was there", caught.value.to("en")))


def test_a_drive_that_knows_no_locks_is_told_at_once(
    folder: Path, two: tuple[Portfolio, Portfolio], monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def no_locks(_handle: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    runs.keep(two[0])
    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(Refusal) as caught:
        runs.keep(two[1])
    assert caught.value.kind == "unwritable"
    assert os.strerror(errno.ENOLCK) in caught.value.text.en
    assert [entry.handle for entry in store.entries()] == [two[0].handle]
    assert not list(layout.runs_folder().glob(".*")), "no lock file is left behind"
    table.append(("locks", "no lock to be had", "the old run", caught.value.text.en))


@pytest.mark.parametrize("damage", ["flipped bit", "cut short", "missing"])
def test_a_damaged_part_is_named_and_costs_no_other_run(
    folder: Path, two: tuple[Portfolio, Portfolio], damage: str
) -> None:
    first, second = two
    for run in two:
        store.store_run(run)
    place = layout.runs_folder() / layout.folder_name("2026-02-21", second.hash)
    for part in sorted(place.iterdir()):
        content = part.read_bytes()
        if damage == "missing":
            part.unlink()
        else:
            half = len(content) // 2
            broken = bytes([content[half] ^ 1]) + content[half + 1 :] if damage == "flipped bit" else b""
            part.write_bytes(content[:half] + broken)
        with pytest.raises(Refusal) as caught:
            store.load(place)
        assert caught.value.kind == "unreadable"
        assert part.name in caught.value.text.ja
        assert store.load(layout.runs_folder() / layout.folder_name("2025-09-24", first.hash)).hash == first.hash
        assert len(store.entries()) == 2
        part.write_bytes(content)
        table.append((damage, part.name, "every other run whole", caught.value.to("en")))
    assert store.load(place).hash == second.hash


def test_a_damaged_run_is_told_in_the_cell_and_healed_by_storing_it_again(
    folder: Path, two: tuple[Portfolio, Portfolio]
) -> None:
    _, second = two
    store.store_run(second)
    place = layout.runs_folder() / layout.folder_name("2026-02-21", second.hash)
    (place / "scored.parquet").write_bytes(b"nothing")
    with pytest.raises(Refusal, match="壊れています"):
        runs.recall(second.handle)
    with pytest.raises(Refusal, match="壊れています"):  # told again without reading it again
        runs.recall(second.handle)
    store.store_run(second)
    assert runs.recall(second.handle).hash == second.hash
    assert [path.name for path in layout.runs_folder().iterdir()] == [place.name]


def test_a_run_that_another_process_healed_meanwhile_is_not_taken_away(
    folder: Path, two: tuple[Portfolio, Portfolio]
) -> None:
    store.store_run(two[1])
    place = layout.runs_folder() / layout.folder_name("2026-02-21", two[1].hash)
    write._put_aside(place)
    assert store.load(place).hash == two[1].hash
    (place / "orders.parquet").write_bytes(b"")
    write._put_aside(place)
    write._put_aside(place)  # gone already
    assert list(layout.runs_folder().iterdir()) == []


def test_an_unfinished_line_of_the_audit_log_is_accounted_for(folder: Path, two: tuple[Portfolio, Portfolio]) -> None:
    store.store_run(two[0])
    content = audit.log_file().read_bytes()
    audit.log_file().write_bytes(content + b'{"when":"2026-')
    assert [note.en for note in audit.verify().notes] == ["line 2 was cut off while it was written"]
    store.store_run(two[1])
    report = audit.verify()
    assert not report.troubles
    assert report.lines == 3
    assert [record.run for record in audit.records()] == [run.handle for run in two]
    table.append(("kill -9", "inside a line of the audit log", "the line marked as cut off, the chain whole", ""))


def test_a_run_of_the_older_layout_is_read_and_left_as_it_is(folder: Path, two: tuple[Portfolio, Portfolio]) -> None:
    _, second = two
    store.store_run(second)
    place = layout.runs_folder() / layout.folder_name("2026-02-21", second.hash)
    as_layout_1(place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    loaded = store.load(place)
    assert loaded.frame.equals(second.frame)
    assert loaded.findings == second.findings
    assert store.customer_ids(place) == second.frame["customer_id"].tolist()
    assert store.entries()[0].manifest is not None
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    table.append(("older layout", "when it is read", "the run whole, its files untouched", ""))


def as_layout_1(place: Path) -> None:
    """Write a stored run as the first layout had it: hashes alone, findings inside run.json, no choice of what is kept."""
    document = json.loads((place / "manifest.json").read_bytes())
    run = json.loads((place / "run.json").read_bytes())
    run["findings"] = json.loads((place / "findings.json").read_bytes())
    del run["kept"]
    run["sources"] = [{key: each for key, each in source.items() if key != "rows_partly"} for source in run["sources"]]
    (place / "findings.json").unlink()
    (place / "run.json").write_bytes(layout.plain_json(run))
    for name in ("kept", "retention_days", "who", "check"):
        del document[name]
    parts = [path for path in place.iterdir() if path.name != "manifest.json"]
    document |= {"layout": 1, "parts": {path.name: layout.digest(path.read_bytes()) for path in parts}}
    document["check"] = layout.digest(layout.plain_json(document))
    (place / "manifest.json").write_bytes(layout.plain_json(document))


def test_a_run_of_a_newer_layout_is_refused_clearly(folder: Path, two: tuple[Portfolio, Portfolio]) -> None:
    store.store_run(two[1])
    manifest = layout.runs_folder() / layout.folder_name("2026-02-21", two[1].hash) / "manifest.json"
    document = json.loads(manifest.read_bytes())
    manifest.write_text(json.dumps({"layout": layout.LAYOUT + 1, "something": "new", "parts": document["parts"]}))
    with pytest.raises(Refusal) as caught:
        runs.recall(two[1].handle)
    assert "プログラムを更新してください" in caught.value.text.ja
    assert store.entries()[0].manifest is None
    table.append(("newer layout", "when it is read", "the run as it was", caught.value.to("en")))
