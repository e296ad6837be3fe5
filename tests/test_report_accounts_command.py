"""portfolio-report accounts: safe names, one page each, resumed after kill and Ctrl+C, a changed run made anew."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, wait
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helpers.builders import GOLDEN, portfolio_of
from helpers.interruptible import hear_ctrl_c
from helpers.reports import golden, hostile

from engine.language.errors import Refusal
from engine.scoring.portfolio import Portfolio
from report_templates.command import main
from report_templates.delivery.batch import run as batch
from report_templates.delivery.batch import worker
from report_templates.delivery.batch.listing import listing
from report_templates.delivery.batch.manifest import NAME, Manifest, is_bare, run_key
from report_templates.delivery.batch.naming import stems
from report_templates.delivery.batch.run import make_accounts
from report_templates.editions.make import StaleData
from report_templates.gates import gates
from report_templates.gates.gates import GateFailed

PATIENCE = 120


def written(tmp_path: Path, count: int = 3) -> Path:
    """Return a customer table of `count` customers as CSV."""
    path = tmp_path / "顧客.csv"
    rows = [",".join(GOLDEN)]
    rows += [f"顧客{number:03},製造,{(count - number) * 1000},高,中,低," for number in range(count)]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def run(source: Path, out: Path, *arguments: object) -> Result:
    words = ["accounts", "--customers", str(source), "--as-of", "2026-11-22", "--out", str(out)]
    return CliRunner().invoke(main, [*words, *map(str, arguments)])


def pages(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if path.suffix in {".pdf", ".html"} and path.stem != "index")


def hashes(out: Path) -> dict[str, str]:
    return {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in pages(out)}


@pytest.mark.parametrize(
    "identity",
    [
        *("../../etc/passwd", "..", ".", "", " ", "/", "C:\\Windows", "a/b", "a\\b", ".hidden", "-rf", "a\0b", "a\nb"),
        *(
            "CON",
            "con",
            "NUL",
            "com1",
            "LPT9",
            "COM¹",
            "AUX.txt",
            "名" * 200,
            "x" * 500,
            "a:b",
            "a*b?",
            "a|b",
            "e\u0301",
        ),
        *("<script>", "%2e%2e", "\u202egnp.exe", "\ud800", "a.", "a "),
    ],
)
def test_a_name_is_safe_on_every_system(identity: str) -> None:
    (name,) = stems([identity])
    assert is_bare(name)
    assert not set(name) & set('<>:"/\\|?*.% \0\n')
    assert not name.startswith((".", "-"))
    assert len(f"{name}.ja.html".encode()) < 120
    assert name.casefold() not in {"con", "nul", "com1", "lpt9", "com¹", "aux"}
    assert stems([identity]) == (name,)


def test_plain_names_stay_and_no_two_are_the_same() -> None:
    assert stems(["C1017", "得意先_12", "a-b"]) == ("C1017", "得意先_12", "a-b")
    alike = ("A1", "a1", "A1", "a/1", "a:1", "a_1", "é", "e\u0301", "con", "CON")
    names = stems([*alike, "Z9"])
    assert len({name.casefold() for name in stems(dict.fromkeys(alike))}) == len(dict.fromkeys(alike))
    assert names[-1] == "Z9"


@pytest.mark.parametrize("start", ["spawn", "fork"])
def test_processes_make_the_same_bytes_as_one(tmp_path: Path, start: batch.Start) -> None:
    portfolio = portfolio_of(
        {"顧客名": [f"顧客{at}" for at in range(7)], "年間売上": [100 - at for at in range(7)]}, as_of=golden().as_of
    )
    one = make_accounts(portfolio, range(7), tmp_path / "one", processes=1)
    two = make_accounts(portfolio, range(7), tmp_path / start, processes=2, start=start)
    assert (one.made, one.kept, one.failed) == (two.made, two.kept, two.failed) == (7, 0, ())
    assert hashes(tmp_path / "one") == hashes(tmp_path / start)
    assert not list((tmp_path / start).glob(".part-*"))


def test_finished_pages_are_kept_damaged_and_missing_ones_made_again(tmp_path: Path) -> None:
    first = make_accounts(golden(), [0, 1, 2, 1], tmp_path, processes=1)
    before = hashes(tmp_path)
    assert (first.made, len(before)) == (3, 3)
    names = pages(tmp_path)
    (tmp_path / names[0]).unlink()
    (tmp_path / names[1]).write_bytes(b"half")
    second = make_accounts(golden(), [0, 1, 2], tmp_path, processes=1)
    assert (second.made, second.kept) == (2, 1)
    assert hashes(tmp_path) == before
    assert make_accounts(golden(), [0, 1, 2], tmp_path, processes=1, anew=True).made == 3


def test_a_changed_run_is_made_anew_and_pages_of_the_old_one_go(tmp_path: Path) -> None:
    make_accounts(golden(), [0, 1, 2], tmp_path, processes=1)
    old = pages(tmp_path)
    (tmp_path / old[2]).write_bytes(b"somebody wrote on it")
    changed = {**GOLDEN, "年間売上": [1_500, 900, 501]}
    other = portfolio_of(changed, as_of=golden().as_of)
    done = make_accounts(other, [0], tmp_path, processes=1)
    assert (done.made, done.kept) == (1, 0)
    assert pages(tmp_path) == sorted({done.jobs[0].file, old[2]})
    assert run_key(golden(), None, None) != run_key(other, None, None) != run_key(other, golden(), None)


def test_templates_of_ones_own_make_pages_anew(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    plain = run_key(golden(), None, folder)
    (folder / "base.html.jinja").write_text('{% extends "house/base.html.jinja" %}', encoding="utf-8")
    assert run_key(golden(), None, folder) != plain


def test_a_list_that_was_tampered_with_leads_nowhere(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_bytes(b"mine")
    out = tmp_path / "out"
    out.mkdir()
    line = {"customer": "x", "file": "../victim.txt", "sha256": hashlib.sha256(b"mine").hexdigest()}
    lines = [json.dumps({"run": "another"}), json.dumps(line), "{half", "[]", '{"file": 3}']
    (out / NAME).write_text("\n".join(lines), encoding="utf-8")
    Manifest(out, "this").begin()
    assert victim.read_bytes() == b"mine"
    assert Manifest(out, "this").entries() == ()


def test_a_page_that_fails_a_gate_is_listed_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = written(tmp_path)
    checked = gates.check_html

    def strict(markup: str, *, printed: bool = False) -> None:
        checked(markup, printed=printed)
        if "顧客001" in markup.partition("</title>")[0]:
            raise GateFailed("試験の理由", "a reason of the test")

    monkeypatch.setattr(gates, "check_html", strict)
    out = tmp_path / "out"
    result = run(source, out, "--format", "html", "--jobs", 1, "--lang", "ja")
    assert result.exit_code == 1, result.output
    assert "試験の理由" in result.stderr
    assert len(pages(out)) == 2
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "試験の理由" in index
    assert "1枚は作れなかった" in index
    rows = list(csv.reader(io.StringIO((out / "accounts.csv").read_text(encoding="utf-8-sig"))))
    assert [row[4] for row in rows[1:]].count("作成できず") == 1
    monkeypatch.setattr(gates, "check_html", checked)
    again = run(source, out, "--format", "html", "--jobs", 1)
    assert again.exit_code == 0, again.output
    assert "1枚を作成、2枚は完成済み" in again.output


def test_customers_are_chosen_by_a_list_or_a_condition(tmp_path: Path) -> None:
    source = written(tmp_path, 6)
    result = run(source, tmp_path / "out", "--format", "html", "--jobs", 1, "--filter", "売上>3000", "--lang", "both")
    assert result.exit_code == 0, result.output
    assert len(pages(tmp_path / "out")) == 2 * 3
    assert run(source, tmp_path / "top", "--format", "html", "--jobs", 1, "--top", 2).exit_code == 0
    assert [name[:5] for name in pages(tmp_path / "top")] == ["顧客000", "顧客001"]
    refused = run(source, tmp_path / "none", "--list", "ない一覧")
    assert refused.exit_code == 2
    assert not (tmp_path / "none").exists()


def test_hostile_names_are_safe_in_the_index(tmp_path: Path) -> None:
    portfolio = hostile()
    done = make_accounts(portfolio, range(len(portfolio)), tmp_path, processes=1, formats=("html",))
    files = listing(portfolio, done, "ja")
    index = files["index.html"].decode()
    assert "<script>alert" not in index
    assert "\u202e" not in index
    assert all(job.file in index or "%" in index for job in done.jobs)
    assert len(pages(tmp_path)) == len(portfolio)


def test_another_batch_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with batch._open_parts_folder(tmp_path), pytest.raises(Refusal) as refused:
        make_accounts(golden(), [0], tmp_path, processes=1)
    assert "進行中" in refused.value.text.ja
    assert make_accounts(golden(), [0], tmp_path, processes=1).made == 1


def test_two_batches_that_begin_at_once_do_not_both_work(tmp_path: Path) -> None:
    with batch._open_parts_folder(tmp_path) as first:
        with pytest.raises(Refusal), batch._open_parts_folder(tmp_path):
            raise AssertionError("the second saw nobody")
        assert first.is_dir()  # the second took only its own away
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_half_page_and_the_batch_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out, calls = written(tmp_path, 4), tmp_path / "out", []
    synced = os.fsync

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 4:  # the second page: each is synced, and then its line in the list
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced(handle)

    monkeypatch.setattr(os, "fsync", full)
    refused = run(source, out, "--format", "html", "--jobs", 1)
    assert refused.exit_code == 2, refused.output
    assert "Traceback" not in refused.output
    kept = hashes(out)
    assert 1 <= len(kept) < 4
    assert not list(out.glob(".part-*"))
    monkeypatch.setattr(os, "fsync", synced)
    again = run(source, out, "--format", "html", "--jobs", 1)
    assert again.exit_code == 0, again.output
    assert len(pages(out)) == 4


def test_ctrl_c_lists_what_running_processes_still_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pool:
        def submit(self, _work: object, jobs: tuple[worker.Job, ...]) -> Future[tuple[worker.Outcome, ...]]:
            future: Future[tuple[worker.Outcome, ...]] = Future()
            if jobs[0].position < 2:  # begun: it cannot be taken back
                future.set_running_or_notify_cancel()
                future.set_result(tuple(worker.Outcome(job, "sum") for job in jobs))
            return future

    def interrupted(running: object, return_when: str = "") -> object:
        monkeypatch.setattr(batch, "wait", wait)
        raise KeyboardInterrupt

    listed = []
    monkeypatch.setattr(batch, "wait", interrupted)
    portions = [(worker.Job(at, "ja", "pdf", f"{at}.pdf"),) for at in range(4)]
    finished = batch._draw_portions(Pool(), portions, 4)  # type: ignore[arg-type]
    listed.append(next(finished))
    listed.append(next(finished))
    with pytest.raises(KeyboardInterrupt):
        next(finished)
    assert sorted(each.job.position for outcomes in listed for each in outcomes) == [0, 1]


def test_a_worker_keeps_no_drawing_and_reads_the_run_once(tmp_path: Path) -> None:
    shared = worker.Shared(golden(), None, None, tmp_path, tmp_path)
    worker.begin(shared)
    held = worker._reading
    worker.make_pages((worker.Job(0, "ja", "html", "a.ja.html"), worker.Job(1, "ja", "html", "b.ja.html")))
    assert worker._reading is held


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_batch_leaves_whole_pages_and_goes_on(tmp_path: Path, sent: signal.Signals) -> None:
    source, out = written(tmp_path, 20), tmp_path / "out"
    command = [sys.executable, "-m", "report_templates.command", "accounts", "--customers", str(source)]
    command += ["--as-of", "2026-11-22", "--out", str(out), "--jobs", "2"]
    started = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hear_ctrl_c
    )
    until = time.monotonic() + PATIENCE
    while not (out.is_dir() and len(pages(out)) >= 3):
        assert started.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    if sent is signal.SIGINT:
        os.killpg(started.pid, sent)
    else:
        started.send_signal(sent)
    told = started.communicate(timeout=PATIENCE)[1]
    assert started.returncode == (2 if sent is signal.SIGINT else -sent)
    if sent is signal.SIGINT:
        assert "作り終えたページは残っています" in told or "finished pages are kept" in told
    _gone(started.pid)
    kept = hashes(out)
    assert 3 <= len(kept) < 20
    for name in kept:
        assert (out / name).read_bytes().rstrip().endswith(b"%%EOF")
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert finished.returncode == 0
    assert len(pages(out)) == 20
    assert {name: hashes(out)[name] for name in kept} == kept
    listed = [json.loads(line) for line in (out / NAME).read_text(encoding="utf-8").splitlines()[1:]]
    assert {entry["file"] for entry in listed} == set(pages(out))
    assert not list(out.glob(".part-*"))


def _gone(group: int) -> None:
    """Wait until no process of the group is left: workers end with the process that started them."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("a worker outlived its parent")


def test_stale_data_are_refused_unless_allowed(tmp_path: Path) -> None:
    orders = {"顧客名": ["甲", "乙"], "取引日": ["2026/6/1", "2026/5/1"], "金額": [100, 200]}
    portfolio = portfolio_of(orders=orders, as_of=date(2026, 10, 31))
    with pytest.raises(StaleData):
        make_accounts(portfolio, [0], tmp_path, processes=1)
    assert list(tmp_path.iterdir()) == []
    assert make_accounts(portfolio, [0], tmp_path, processes=1, allow_stale=True, formats=("html",)).made == 1


def test_the_index_names_the_run(tmp_path: Path) -> None:
    portfolio: Portfolio = golden()
    done = make_accounts(portfolio, [0], tmp_path, processes=1, formats=("html",))
    assert portfolio.handle in listing(portfolio, done, "en")["index.html"].decode()
