"""Installing for Excel: the right files in the right places, again without change, and out again without a loss."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from addin.install import install
from addin.packaging.xlam.build import xlam_bytes
from engine.language.errors import Refusal
from workbooks.commands.command import main
from workbooks.commands.documents import documents

PYTHON = r"%LOCALAPPDATA%\portfolio\.venv\Scripts\python.exe"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a user's folder as Windows tells it."""
    monkeypatch.setenv("APPDATA", str(tmp_path / "AppData" / "Roaming"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def test_the_add_in_and_its_configuration_are_where_excel_looks(home: Path) -> None:
    where = install.places()
    assert where.addin == home / "AppData" / "Roaming" / "Microsoft" / "AddIns" / "portfolio.xlam"
    assert where.configuration == home / ".portfolio" / "portfolio.conf"
    assert install.install(where, PYTHON) == (where.addin, where.configuration)
    assert where.addin.read_bytes() == xlam_bytes()
    assert where.configuration.read_bytes() == f'"INTERPRETER_WIN","{PYTHON}"\r\n'.encode()


def test_a_second_time_nothing_is_written(home: Path) -> None:
    where = install.places()
    install.install(where, PYTHON)
    before = [path.stat().st_mtime_ns for path in (where.addin, where.configuration)]
    assert install.install(where, PYTHON) == ()
    assert [path.stat().st_mtime_ns for path in (where.addin, where.configuration)] == before
    assert sorted(path.name for path in where.addin.parent.iterdir()) == ["portfolio.xlam"]  # no half-written rest


def test_an_older_add_in_is_replaced_and_the_users_own_entries_stay(home: Path) -> None:
    where = install.places()
    where.addin.parent.mkdir(parents=True)
    where.addin.write_bytes(b"an older one")
    where.configuration.parent.mkdir()
    where.configuration.write_text('"interpreter_win","C:\\old\\python.exe"\n"SHOW CONSOLE","True"\n', encoding="utf-8")
    assert install.install(where, PYTHON) == (where.addin, where.configuration)
    assert install.read_configuration(where.configuration) == {"INTERPRETER_WIN": PYTHON, "SHOW CONSOLE": "True"}


def test_uninstalling_removes_what_was_written_and_nothing_else(home: Path) -> None:
    where = install.places()
    where.configuration.parent.mkdir()
    where.configuration.write_text('"SHOW CONSOLE","True"\n', encoding="utf-8")
    install.install(where, PYTHON)
    beside = where.addin.with_name("someone_else.xlam")
    beside.write_bytes(b"x")
    assert install.uninstall(where) == (where.addin, where.configuration)
    assert not where.addin.exists()
    assert beside.exists()
    assert install.read_configuration(where.configuration) == {"SHOW CONSOLE": "True"}
    assert install.uninstall(where) == ()


def test_a_configuration_with_nothing_else_goes_as_a_whole(home: Path) -> None:
    where = install.places()
    install.install(where, PYTHON)
    install.uninstall(where)
    assert not where.configuration.exists()


def test_a_file_that_excel_holds_open_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(install, "write_all", locked)
    with pytest.raises(Refusal, match="Excelをすべて閉じて"):
        install.install(install.places(), PYTHON)


def test_the_users_name_does_not_get_into_the_path() -> None:
    known = {"LOCALAPPDATA": r"D:\people\山田 太郎\AppData\Local", "USERPROFILE": "D:\\people\\山田 太郎"}
    local = r"d:\PEOPLE\山田 太郎\appdata\local\portfolio\python.exe"
    assert install.portable(local, known) == r"%LOCALAPPDATA%\portfolio\python.exe"
    assert install.portable(r"D:\people\山田 太郎\p\python.exe", known) == r"%USERPROFILE%\p\python.exe"
    assert install.portable(r"D:\people\山田 太郎二\p\python.exe", known) == r"D:\people\山田 太郎二\p\python.exe"
    assert install.portable(r"D:\tools\python.exe", known) == r"D:\tools\python.exe"


def test_the_code_page_decides_what_a_path_may_hold() -> None:
    assert install.configuration(
        {}, r"D:\道具\python.exe", "cp932"
    ) == '"INTERPRETER_WIN","D:\\道具\\python.exe"\r\n'.encode("cp932")
    with pytest.raises(Refusal, match="読めない文字"):
        install.configuration({}, r"D:\도구\python.exe", "cp932")


def test_elsewhere_than_on_windows_excel_is_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("APPDATA", raising=False)
    done = CliRunner().invoke(main, ["install", "--host", "excel"])
    assert done.exit_code == 2
    assert "--host calc" in done.output


def test_the_command_tells_what_it_did_and_what_comes_next(home: Path) -> None:
    first = CliRunner().invoke(main, ["install", "--host", "excel"])
    assert first.exit_code == 0, first.output
    assert "入れました" in first.output
    assert "portfolio.xlam" in first.output
    assert "アドイン" in first.output
    assert "すでに入っています" in CliRunner().invoke(main, ["install", "--host", "excel"]).output
    assert "取り除きました" in CliRunner().invoke(main, ["install", "--host", "excel", "--uninstall"]).output
    assert "入っていません" in CliRunner().invoke(main, ["install", "--host", "excel", "--uninstall"]).output


def test_the_workbooks_are_put_into_the_documents_once_and_stay_the_users(home: Path) -> None:
    first = CliRunner().invoke(main, ["install", "--host", "excel"])
    assert first.exit_code == 0, first.output
    folder = home / "Documents" / "顧客ポートフォリオ"
    assert sorted(path.name for path in folder.iterdir()) == ["portfolio_sample.xlsx", "portfolio_template.xlsx"]
    template = folder / "portfolio_template.xlsx"
    assert f"ブックを置きました: {template}" in first.output
    template.write_bytes("わたしの数字".encode())
    (folder / "portfolio_sample.xlsx").unlink()
    again = CliRunner().invoke(main, ["install", "--host", "excel"])
    assert f"そのまま残しました: {template}" in again.output
    assert "portfolio_sample.xlsx" in again.output
    removed = CliRunner().invoke(main, ["install", "--host", "excel", "--uninstall"])
    assert removed.exit_code == 0
    assert f"あなたのブックはそのまま残しました({folder})" in removed.output
    assert template.read_text(encoding="utf-8") == "わたしの数字"


def test_documents_are_where_the_system_says() -> None:
    assert documents({"USERPROFILE": "/hana"}) == Path("/hana/Documents")
    assert documents({"XDG_DOCUMENTS_DIR": "/hana/書類"}) == Path("/hana/書類")
    assert documents({}) == Path.home() / "Documents"


def test_a_folder_that_cannot_be_written_is_one_line(home: Path) -> None:
    blocked = home / "AppData"
    blocked.write_text("", encoding="utf-8")
    blocked.chmod(stat.S_IRUSR)
    done = CliRunner().invoke(main, ["install", "--host", "excel"])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
