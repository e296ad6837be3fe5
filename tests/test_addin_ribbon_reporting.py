"""The buttons of the group 報告: real documents of a real process, and nothing left behind."""

from __future__ import annotations

import copy
import email
import email.policy
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from helpers.memory_book import MemoryBook, pressed
from helpers.portfolios import BOOK_CUSTOMERS, BOOK_ORDERS, moment

from addin.ribbon.reporting import actions as reporting
from addin.shared import processes
from addin.shared.book import Named
from engine.language.errors import Refusal

HOSTILE = '=cmd|" /c calc"!A1 <script>alert(1)</script>'


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for temporary files of its own, so that what is left behind can be seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def book(temporary: Path) -> MemoryBook:
    assert temporary.is_dir()
    customers: list[list[Any]] = copy.deepcopy(BOOK_CUSTOMERS)
    customers[2][1] = HOSTILE
    made = pressed(MemoryBook({"顧客": customers, "取引": copy.deepcopy(BOOK_ORDERS)}))
    made.messages.clear()
    made.log.clear()
    return made


class Commands:
    """A stand-in for the processes: notes each command, and writes what it would have made."""

    def __init__(self, made: dict[str, bytes], remarks: tuple[str, ...] = ()) -> None:
        self.made = made
        self.remarks = remarks
        self.seen: list[list[str]] = []
        self.copies: list[Path] = []
        self.modes: list[int] = []

    def __call__(self, module: str, arguments: Any, tell: Any, **options: Any) -> Any:
        words = list(map(str, arguments))
        assert module == "report_templates.command"
        self.seen.append(words)
        self.copies.append(Path(words[1]))
        assert self.copies[-1].exists()
        self.modes.append(options["folder"].stat().st_mode & 0o777)
        tell("採点中 45%")
        out = Path(words[words.index("--out") + 1])
        out.mkdir()
        for name, content in self.made.items():
            (out / name).write_bytes(content)
        return (), self.remarks


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, book: MemoryBook) -> Commands:
    handle = str(book.cells["PF_RUN"].value)
    made = Commands({"report.ja.html": f"<p>{handle}</p>".encode(), "report.ja.pdf": b"%PDF-1.7"})
    monkeypatch.setattr(processes, "run", made)
    return made


def test_the_preview_is_the_run_of_the_workbook(book: MemoryBook, temporary: Path) -> None:
    before = copy.deepcopy(book.pages)
    shown: list[str] = []
    book.reveal = lambda path: shown.append(path.read_text(encoding="utf-8"))  # type: ignore[method-assign]
    pressed(book, "ja", "preview")
    handle = str(book.cells["PF_RUN"].value)
    assert set(re.findall(r"PF-\d{8}-[0-9a-f]+", shown[0])) == {handle}
    assert "<script>alert(1)</script>" not in shown[0]
    text, trouble = book.messages[0]
    assert not trouble
    assert f"実行ID {handle}" in text
    assert "未反映" not in text
    assert book.pages == before
    steps = [step[1] for step in book.log if step[0] == "progress"]
    assert any(re.fullmatch(r"報告書: .+ \d+%", step) for step in steps)
    assert steps[-1] == ""
    assert [path.name[:18] for path in temporary.iterdir()] == ["portfolio-preview-"]
    reporting._forget_previews()
    assert list(temporary.iterdir()) == []


def test_a_pdf_is_made_at_the_chosen_place(book: MemoryBook, tmp_path: Path, temporary: Path) -> None:
    book.path = tmp_path / "うちの顧客.xlsx"
    place = tmp_path / "経営会議"
    book.answers = [place]
    pressed(book, "ja", "make_pdf")
    made = tmp_path / "経営会議.pdf"
    assert made.read_bytes().startswith(b"%PDF-")
    assert ("reveal", "経営会議.pdf") in book.log
    as_of = str(book.cells["PF_RUN"].value)[3:11]
    assert ("choose_place", f"顧客ポートフォリオ_{as_of}.pdf") in book.log
    assert ("save_copy", "うちの顧客.xlsx") in book.log
    assert str(made) in book.messages[0][0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["temporary", "経営会議.pdf"]
    assert list(temporary.iterdir()) == []


def test_a_refusal_of_the_report_arrives_in_its_words(
    book: MemoryBook, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is damaged on its way: the real command says so, and neither a copy nor a document is left."""
    monkeypatch.setattr(book, "save_copy", lambda path: path.write_bytes(b"broken"))
    book.answers = [tmp_path / "a.pdf"]
    pressed(book, "ja", "make_pdf")
    text, trouble = book.messages[0]
    assert trouble
    assert text.startswith("読込不可: ")
    assert "Traceback" not in text
    assert not (tmp_path / "a.pdf").exists()
    assert list(temporary.iterdir()) == []


def test_the_command_line(book: MemoryBook, commands: Commands, tmp_path: Path) -> None:
    book.answers = [tmp_path / "a.pdf"]
    pressed(book, "ja", "make_pdf")
    command, source, *rest = commands.seen[0]
    assert command == "render"
    assert Path(source).is_absolute()
    assert Path(source).name == "顧客ポートフォリオ.xlsx"
    assert rest[:2] == ["--lang", "ja"]
    assert rest[4:] == ["--format", "html,pdf"]
    if os.name == "posix":
        assert commands.modes == [0o700]
    assert not commands.copies[0].exists()


@pytest.mark.parametrize(("suffix", "copied"), [(".XLSM", ".xlsm"), (".ods", ".xlsx"), (".xls", ".xlsx")])
def test_the_copy_has_a_suffix_that_the_report_reads(
    book: MemoryBook, commands: Commands, tmp_path: Path, suffix: str, copied: str
) -> None:
    book.path = tmp_path / f"--help{suffix}"
    book.answers = [None]
    monkey = tmp_path / "x"
    monkey.mkdir()
    pressed(book, "ja", "make_pdf")
    assert commands.seen == []
    pressed(book, "ja", "preview")
    assert commands.copies[0].name == f"--help{copied}"
    assert commands.copies[0].is_absolute()


@pytest.mark.parametrize(("button", "answers"), [("make_pdf", [None]), ("mail_draft", [None]), ("mail_draft", ["  "])])
def test_cancel_does_nothing(book: MemoryBook, commands: Commands, button: str, answers: list[Any]) -> None:
    book.answers = answers
    before = copy.deepcopy(book.pages)
    pressed(book, "ja", button)
    assert (book.pages, book.messages, commands.seen) == (before, [], [])


def test_cancelling_the_place_of_a_draft_does_nothing(book: MemoryBook, commands: Commands) -> None:
    book.answers = ["a@example.jp", None]
    pressed(book, "ja", "mail_draft")
    assert (book.messages, commands.seen) == ([], [])


def test_a_file_is_replaced_only_when_told_to(book: MemoryBook, commands: Commands, tmp_path: Path) -> None:
    """The dialog asks about the file that was chosen; we ask about the one that our suffix makes of it."""
    place = tmp_path / "a.pdf"
    place.write_bytes(b"old")
    book.answers = [tmp_path / "a", False]
    pressed(book, "ja", "make_pdf")
    assert place.read_bytes() == b"old"
    assert "置き換えますか" in book.asked[-1]
    assert commands.seen == []
    book.answers = [tmp_path / "a", True]
    pressed(book, "ja", "make_pdf")
    assert place.read_bytes() == b"%PDF-1.7"
    commands.made["report.ja.pdf"] = b"%PDF-2.0"
    book.answers = [place]
    pressed(book, "ja", "make_pdf")
    assert place.read_bytes() == b"%PDF-2.0"


def test_the_report_compares_with_the_review_before(
    book: MemoryBook, commands: Commands, tmp_path: Path, temporary: Path
) -> None:
    assert temporary.is_dir()
    earlier: list[list[Any]] = copy.deepcopy(BOOK_ORDERS)
    earlier = [row for row in earlier if row[1] == "取引日" or row[1] < moment(2025, 12, 1)]
    before = pressed(MemoryBook({"顧客": copy.deepcopy(book.pages["顧客"]), "取引": earlier})).cells["PF_RUN"].value
    run = str(book.cells["PF_RUN"].value)
    commands.made["report.ja.html"] = f"<p>{before} {before} {run}</p>".encode()
    pressed(book, "ja", "preview")
    assert commands.seen[0][-2:] == ["--compare", before]
    assert f"実行ID {run}" in book.messages[0][0]


def test_a_place_that_cannot_be_written_is_named(
    book: MemoryBook, commands: Commands, tmp_path: Path, temporary: Path
) -> None:
    (tmp_path / "file").write_text("")
    book.answers = [tmp_path / "file" / "a.pdf"]
    pressed(book, "ja", "make_pdf")
    text, trouble = book.messages[0]
    assert trouble
    assert text.startswith("保存不可: ")
    assert str(tmp_path / "file" / "a.pdf") in text
    assert list(temporary.iterdir()) == []


def test_a_printer_that_is_missing_is_told(book: MemoryBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "run", Commands({"report.ja.html": b"PF"}, ("Pango がありません",)))
    book.answers = [tmp_path / "a.pdf"]
    pressed(book, "ja", "make_pdf")
    text, trouble = book.messages[0]
    assert trouble
    assert "PDFは作成できませんでした。Pango がありません" in text


def test_a_fault_gives_a_record_number_and_leaves_nothing(
    book: MemoryBook, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTFOLIO_LOG", str(tmp_path / "log"))

    def fail(*_: Any, **__: Any) -> Any:
        raise processes.ChildFailed("exit code 1")

    monkeypatch.setattr(processes, "run", fail)
    pressed(book, "ja", "preview")
    text, trouble = book.messages[0]
    assert trouble
    assert "記録番号" in text
    assert list(temporary.iterdir()) == []
    assert HOSTILE not in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_hung_report_is_ended_and_told(
    book: MemoryBook, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "TIMEOUT", 0.0)
    book.answers = [tmp_path / "a.pdf"]
    pressed(book, "ja", "make_pdf")
    text, trouble = book.messages[0]
    assert trouble
    assert "中止しました" in text
    assert not (tmp_path / "a.pdf").exists()
    assert list(temporary.iterdir()) == []


def test_changed_inputs_are_named_before_and_after(book: MemoryBook, commands: Commands) -> None:
    run = str(book.cells["PF_RUN"].value)
    book.pages["取引"][1][2] = 99_999.0
    book.answers = [False]
    pressed(book, "ja", "preview")
    assert "未反映" in book.asked[0]
    assert run in book.asked[0]
    assert (commands.seen, book.messages) == ([], [])
    commands.made["report.ja.html"] = b"PF-20260101-abcdef"
    book.answers = [True]
    pressed(book, "ja", "preview")
    text = book.messages[0][0]
    assert "実行ID PF-20260101-abcdef" in text
    assert f"ブックの実行({run})とは違います(未反映)" in text


@pytest.mark.parametrize("cell", [None, Named("#PF 列なし: 金額", is_formula=True)])
def test_without_a_run_the_report_is_scored_from_the_inputs(
    book: MemoryBook, commands: Commands, cell: Named | None
) -> None:
    assert commands.seen == []
    del book.cells["PF_RUN"]
    if cell is not None:
        book.cells["PF_RUN"] = cell
    pressed(book, "ja", "preview")
    assert "まだ「更新」していません" in book.messages[0][0]
    assert book.asked == []


def test_inputs_that_cannot_be_scored_are_refused_before_anything_is_asked(commands: Commands) -> None:
    book = pressed(MemoryBook({"メモ": [["何もない"]]}), "ja", "make_pdf")
    assert book.messages[0][1]
    assert "顧客の表も取引の表もありません" in book.messages[0][0]
    assert (book.asked, commands.seen) == ([], [])


def test_an_english_workbook_gives_an_english_report(commands: Commands, tmp_path: Path) -> None:
    made = pressed(MemoryBook({"Customers": copy.deepcopy(BOOK_CUSTOMERS), "Orders": copy.deepcopy(BOOK_ORDERS)}), "ja")
    made.answers = [tmp_path / "a.pdf"]
    pressed(made, "ja", "make_pdf")
    assert commands.seen[0][2:4] == ["--lang", "en"]
    assert any(step[0] == "choose_place" and step[1].startswith("customer-portfolio_") for step in made.log)


def test_drafts_are_made_and_never_sent(book: MemoryBook, commands: Commands, tmp_path: Path) -> None:
    commands.made = {"1.eml": b"first", "2.eml": b"second"}
    book.answers = ["a@example.jp、--send@example.jp; b@example.jp", tmp_path / "下書き.eml"]
    (tmp_path / "下書き_1.eml").write_bytes(b"there already")
    pressed(book, "ja", "mail_draft")
    command, _, *rest = commands.seen[0]
    assert command == "mail"
    assert rest[4:] == ["--to=a@example.jp", "--to=--send@example.jp", "--to=b@example.jp"]
    assert "--send" not in rest
    assert (tmp_path / "下書き_1.eml").read_bytes() == b"there already"
    assert (tmp_path / "下書き_2.eml").read_bytes() == b"first"
    assert (tmp_path / "下書き_3.eml").read_bytes() == b"second"
    assert "送信はしていません" in book.messages[0][0]
    assert ("reveal", "下書き_2.eml") in book.log


def test_a_single_draft_goes_to_the_chosen_place(book: MemoryBook, commands: Commands, tmp_path: Path) -> None:
    commands.made = {"1.eml": b"first"}
    book.answers = ["a@example.jp", tmp_path / "下書き"]
    pressed(book, "ja", "mail_draft")
    assert (tmp_path / "下書き.eml").read_bytes() == b"first"


def test_no_draft_is_told(book: MemoryBook, commands: Commands, tmp_path: Path) -> None:
    commands.made = {}
    book.answers = ["a@example.jp", tmp_path / "a.eml"]
    pressed(book, "ja", "mail_draft")
    assert "下書きが作成されませんでした" in book.messages[0][0]


def test_masking_is_switched_kept_in_the_workbook_and_passed_on(
    book: MemoryBook, commands: Commands, tmp_path: Path
) -> None:
    before = {name: copy.deepcopy(rows) for name, rows in book.pages.items()}
    pressed(book, "ja", "masking")
    assert book.cells["PF_MASKED"] == Named("オン", is_formula=False)
    assert "今「オン」" in book.messages[-1][0]
    assert {name: book.pages[name] for name in before} == before
    book.answers = [tmp_path / "a.pdf"]
    pressed(book, "ja", "make_pdf")
    assert commands.seen[-1][-1] == "--masked"
    assert any(step[0] == "choose_place" and step[1].endswith("_マスキング.pdf") for step in book.log)
    assert "マスキング: オン" in book.messages[-1][0]
    commands.made = {"1.eml": b"x"}
    book.answers = ["a@example.jp", tmp_path / "a.eml"]
    pressed(book, "ja", "mail_draft")
    assert commands.seen[-1][-1] == "--masked"
    pressed(book, "ja", "masking")
    assert book.cells["PF_MASKED"] == Named("オフ", is_formula=False)
    assert "今「オフ」" in book.messages[-1][0]


@pytest.mark.parametrize(
    ("said", "masked"),
    [(None, False), ("", False), (True, True), (False, False), (1.0, True), (0.0, False), ("ON", True), ("はい", True)],
)
def test_what_the_cell_of_the_masking_may_say(book: MemoryBook, commands: Commands, said: Any, masked: bool) -> None:
    book.cells["PF_MASKED"] = Named(said, is_formula=False)
    commands.made["report.ja.html"] = b""
    pressed(book, "ja", "preview")
    assert ("--masked" in commands.seen[0]) == masked


def test_a_masking_that_cannot_be_read_makes_no_report(book: MemoryBook, commands: Commands) -> None:
    book.cells["PF_MASKED"] = Named("たぶん", is_formula=False)
    pressed(book, "ja", "preview")
    text, trouble = book.messages[0]
    assert trouble
    assert "「オン」か「オフ」" in text
    assert commands.seen == []
    pressed(book, "ja", "masking")
    assert book.cells["PF_MASKED"].value == "オン"


def test_masking_by_a_formula_or_without_room_is_refused(book: MemoryBook) -> None:
    book.cells["PF_MASKED"] = Named("オン", is_formula=True)
    pressed(book, "ja", "masking")
    assert "数式" in book.messages[-1][0]
    del book.cells["PF_MASKED"]
    book.pages["報告の設定"] = [["うちのメモ"]]
    pressed(book, "ja", "masking")
    assert book.pages["報告の設定"] == [["うちのメモ"]]
    assert "PF_MASKED" in book.messages[-1][0]
    assert book.messages[-1][1]


def test_a_refusal_keeps_its_kind() -> None:
    with pytest.raises(Refusal) as caught:
        reporting._move_finished_files({Path("/proc/none/a.pdf"): Path(__file__)})
    assert caught.value.kind == "unwritable"


def test_the_real_command_makes_a_real_draft(book: MemoryBook, tmp_path: Path, temporary: Path) -> None:
    place = tmp_path / "下書き.eml"
    book.answers = ["keiei@example.jp", place]
    pressed(book, "ja", "mail_draft")
    assert not book.messages[0][1], book.messages[0][0]
    letter = email.message_from_bytes(place.read_bytes(), policy=email.policy.default)
    assert letter["X-Unsent"] == "1"
    assert letter["To"] == "keiei@example.jp"
    assert [part.get_content_type() for part in letter.iter_attachments()] == ["application/pdf"]
    assert "送信はしていません" in book.messages[0][0]
    assert list(temporary.iterdir()) == []


def test_the_real_command_refuses_a_wrong_address(book: MemoryBook, tmp_path: Path, temporary: Path) -> None:
    book.answers = ["keiei", tmp_path / "a.eml"]
    pressed(book, "ja", "mail_draft")
    text, trouble = book.messages[0]
    assert trouble
    assert "keiei" in text
    assert not (tmp_path / "a.eml").exists()
    assert list(temporary.iterdir()) == []


def test_old_orders_are_told_and_asked_about_before_a_document_is_made_of_them(
    book: MemoryBook, commands: Commands, tmp_path: Path
) -> None:
    book.pages["設定"] = [["項目", "値", "キー"], ["基準日", "2027/12/31", "general.as_of"]]
    book.answers = [True, False]  # take the inputs as they are; rather wait for newer orders
    pressed(book, "ja", "make_pdf")
    assert "鮮度の限度" in book.asked[-1]
    assert commands.seen == []
    book.answers = [True, True, tmp_path / "a.pdf"]
    pressed(book, "ja", "make_pdf")
    assert "--allow-stale" in commands.seen[-1]
    book.answers = [True, True, "a@example.co.jp", tmp_path / "a.eml"]
    commands.made = {"a.eml": b"From: a"}
    pressed(book, "ja", "mail_draft")
    assert commands.seen[-1][0] == "mail"
    assert "--allow-stale" in commands.seen[-1]


def test_the_real_command_marks_a_report_on_old_orders(book: MemoryBook, tmp_path: Path, temporary: Path) -> None:
    book.pages["設定"] = [["項目", "値", "キー"], ["基準日", "2027/12/31", "general.as_of"]]
    shown: list[str] = []
    book.reveal = lambda path: shown.append(path.read_text(encoding="utf-8"))  # type: ignore[method-assign]
    book.answers = [True, True]
    pressed(book, "ja", "preview")
    assert "データが古い" in shown[0]
    reporting._forget_previews()
    assert list(temporary.iterdir()) == []
