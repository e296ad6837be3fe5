"""The preview, as a real process: only this computer's browser sees it, it renews itself, and Ctrl+C ends it."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from helpers.builders import GOLDEN
from helpers.interruptible import hear_ctrl_c
from helpers.reports import golden

from engine.language.errors import Refusal
from report_templates.delivery.preview_server import Preview, Server
from report_templates.editions.make import make

MARK = "<p>自社の表題</p>"
TEMPLATE = '{% extends "house/base.html.jinja" %}{% block masthead %}' + MARK + "{{ super() }}{% endblock %}"


def workbook(path: Path, industry: str = "製造") -> Path:
    """Save the standard example as Excel does: another file beside it, then a rename."""
    lock = path.with_name(f"~${path.name}")
    lock.write_bytes(b"lock")
    beside = path.with_name("A1B2C3D0.tmp")
    with xlsxwriter.Workbook(beside) as book:
        sheet = book.add_worksheet("顧客")
        for column, (head, cells) in enumerate(GOLDEN.items()):
            sheet.write_column(0, column, [head, *cells])
        sheet.write(1, list(GOLDEN).index("業界"), industry)
    beside.replace(path)
    lock.unlink()
    return path


@dataclass
class Running:
    address: str
    process: subprocess.Popen[str]
    errors: list[str]

    def get(self, path: str = "", host: str | None = None, method: str = "GET") -> http.client.HTTPResponse:
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        connection.putrequest(method, parts.path + path, skip_host=True)
        connection.putheader("Host", parts.netloc if host is None else host)
        connection.endheaders()
        return connection.getresponse()

    def text(self, path: str) -> str:
        with self.get(path) as answer:
            assert answer.status == 200
            return answer.read().decode("utf-8")

    def after(self, change: Callable[[], object]) -> str:
        """Return the page that is shown when the server has told of the next version after a change."""
        with self.get("events") as events:
            before = self.version(events)
            change()
            while self.version(events) == before:
                pass
        return self.text("page")

    @staticmethod
    def version(events: http.client.HTTPResponse) -> str:
        while not (line := events.readline().decode()).startswith("data: "):
            assert line, "the server has ended"
        return line.strip()


@contextmanager
def running(book: Path, *arguments: str) -> Iterator[Running]:
    command = [
        sys.executable,
        "-m",
        "report_templates.command",
        "preview",
        str(book),
        "--as-of",
        "2026-11-22",
        *arguments,
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True,
        preexec_fn=hear_ctrl_c if os.name == "posix" else None,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []
    listening = threading.Thread(target=errors.extend, args=(process.stderr,))
    listening.start()
    try:
        address = process.stdout.readline().strip()
        assert address, errors
        yield Running(address, process, errors)
    finally:
        process.kill()
        process.wait()
        listening.join()
        process.stdout.close()
        process.stderr.close()


def test_only_this_computers_browser_is_answered(tmp_path: Path) -> None:
    with running(workbook(tmp_path / "顧客.xlsx")) as preview:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{20,}/", preview.address)
        port = urlsplit(preview.address).port
        assert "51.7" in preview.text("page")
        assert preview.get(host=f"localhost:{port}").status == 200
        for stranger in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port}.evil.example", ""):
            assert preview.get(host=stranger).status == 403
        for path in ("nothing", "../", "templates/", "page/", "..%2f..%2fetc%2fpasswd", "shell.html.jinja"):
            answer = preview.get(path)
            assert (answer.status, answer.read()) == (404, b"")
        assert preview.get(method="POST").status == 501
        outside = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        outside.request("GET", "/")  # without the secret part of the address
        assert outside.getresponse().status == 404
        shell, page = preview.get(), preview.get("page")
        assert "script-src 'self'" in shell.headers["Content-Security-Policy"]
        assert "connect-src 'none'" in page.headers["Content-Security-Policy"]
        assert {shell.headers[name] for name in ("Cache-Control", "Referrer-Policy")} == {"no-store", "no-referrer"}
        assert "Python" not in shell.headers["Server"]


def test_nothing_listens_beyond_loopback(tmp_path: Path) -> None:
    server = Server(Preview("ja"))
    server.start()
    try:
        own = socket.gethostbyname(socket.gethostname())
        with socket.socket() as outside:
            outside.settimeout(10)
            reached = outside.connect_ex(("127.0.0.2" if own.startswith("127.") else own, server.port)) == 0
        assert not reached
        with pytest.raises(Refusal, match="--port"):
            Server(Preview("ja"), server.port)
    finally:
        server.stop()


def test_the_page_is_the_file_as_it_is_saved() -> None:
    made = make(golden(), ("ja",), ("html",)).files["report.ja.html"]
    preview = Preview("ja")
    preview.show(made)
    assert preview.page == made
    assert b"EventSource" not in made
    assert b"reload.js" not in made


def test_it_follows_the_workbook_and_the_templates_and_survives_mistakes_in_both(tmp_path: Path) -> None:
    book, templates = workbook(tmp_path / "顧客.xlsx"), tmp_path / "templates"
    templates.mkdir()
    with running(book, "--templates", str(templates), "--lang", "ja") as preview:
        good = preview.text("page")
        assert MARK not in good
        changed = preview.after(lambda: workbook(book, "電機"))
        assert "電機" in changed
        assert "電機" not in good
        own = templates / "base.html.jinja"
        assert MARK in preview.after(lambda: own.write_text(TEMPLATE, encoding="utf-8"))
        broken = preview.after(lambda: own.write_text(TEMPLATE + "{{ nonsense(", encoding="utf-8"))
        assert "テンプレートに誤りがあります" in broken
        assert 'href="last"' in broken
        assert MARK in preview.text("last")
        assert "テンプレートに誤りがあります" in preview.after(lambda: own.write_bytes("表題".encode("cp932")))
        assert MARK in preview.after(lambda: own.write_text(TEMPLATE, encoding="utf-8"))
        lost = preview.after(lambda: book.write_bytes(b"PK no workbook"))
        assert "読込不可" in lost
        assert MARK in preview.text("last")
        assert "鉄鋼" in preview.after(lambda: workbook(book, "鉄鋼"))
        assert preview.process.poll() is None


def test_other_files_beside_the_workbook_are_of_no_interest(tmp_path: Path) -> None:
    book = workbook(tmp_path / "顧客.xlsx")
    with running(book) as preview, preview.get("events") as events:
        first = preview.version(events)
        (tmp_path / "~$顧客.xlsx").write_bytes(b"lock")
        (tmp_path / "別.xlsx").write_bytes(b"other")
        shutil.copy(book, tmp_path / "控え.xlsx")
        workbook(book, "電機")
        numbers = [int(each.removeprefix("data: ")) for each in (first, preview.version(events))]
        assert numbers[1] == numbers[0] + 1  # one save, one version


def test_an_input_that_is_not_there_is_told_and_taken_up_when_it_comes(tmp_path: Path) -> None:
    book = tmp_path / "顧客.xlsx"
    with running(book) as preview:
        assert "読込不可" in preview.text("page")
        assert 'href="last"' not in preview.text("page")
        assert "51.7" in preview.after(lambda: workbook(book))


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGINT for another process")
def test_ctrl_c_ends_it_cleanly_even_while_a_page_is_open(tmp_path: Path) -> None:
    with running(workbook(tmp_path / "顧客.xlsx")) as preview, preview.get("events") as events:
        preview.version(events)
        preview.process.send_signal(signal.SIGINT)
        assert preview.process.wait(timeout=60) == 0
        parts = urlsplit(preview.address)
        with socket.socket() as again:
            assert again.connect_ex((parts.hostname, parts.port)) != 0
    assert "Traceback" not in "".join(preview.errors)
    assert "プレビューを終わりました" in "".join(preview.errors)


@pytest.mark.chromium
def test_a_real_browser_sees_the_change_by_itself_and_complains_of_nothing(tmp_path: Path) -> None:
    import system
    from playwright.sync_api import expect, sync_playwright

    book = workbook(tmp_path / "顧客.xlsx")
    with running(book) as preview, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=system.browser(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page, complaints, asked = browser.new_page(), list[str](), list[str]()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(preview.address)
        report = page.frame_locator("#page")
        expect(report.locator("body")).to_contain_text("51.7", timeout=60_000)
        expect(report.locator("body")).not_to_contain_text("電機")
        workbook(book, "電機")
        expect(report.locator("body")).to_contain_text("電機", timeout=60_000)
        book.write_bytes(b"PK no workbook")
        expect(report.get_by_role("alert")).to_contain_text("読込不可", timeout=60_000)
        report.get_by_role("link").click()
        expect(report.locator("body")).to_contain_text("電機", timeout=60_000)
        workbook(book, "鉄鋼")
        expect(report.locator("body")).to_contain_text("鉄鋼", timeout=60_000)
        browser.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((preview.address, "data:"))] == []
