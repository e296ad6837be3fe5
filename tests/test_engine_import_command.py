"""`portfolio import`, `--where`, `--values` and `--profile`, run as users run them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from engine.commands.command import main
from engine.commands.intake import Request, take_in

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = Path(__file__).parent / "cases"
EXPORTS = CASES / "exports"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((CASES / "profiles.toml").read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Return what runs `portfolio` with a folder of saved profiles of its own."""

    def start(*arguments: object) -> Result:
        return CliRunner().invoke(main, [*map(str, arguments)], env={"PORTFOLIO_PROFILES": str(tmp_path / "saved")})

    return start


def checked(done: Result) -> dict[str, Any]:
    """Return the JSON that a command printed."""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_export_is_shown_and_written_without_any_option(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("import", EXPORTS / "salesforce-opportunities.ja.csv", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    for part in (
        "Salesforce 商談",
        "取引",
        "完了予定日",
        "フェーズ",
        "9行のうち3行を取り込み、6行を除きます",
        "3行(3・5・7行目)",
    ):
        assert part in done.stdout, part
    written = (tmp_path / "out" / "orders.csv").read_text(encoding="utf-8-sig").splitlines()
    assert written[0].startswith("顧客ID,顧客名,取引日,金額")
    assert len(written) == 4
    listed = (tmp_path / "out" / "findings.csv").read_text(encoding="utf-8-sig")
    assert listed.count("filtered_row") == 3
    assert listed.count("footer_row") == 3


@pytest.mark.parametrize("name", ["kintone-totals.csv", "rakuten-orders.csv", "yayoi-hanbai.csv", "shopify-orders.csv"])
def test_what_was_written_reads_as_the_same_sum(run: Callable[..., Result], tmp_path: Path, name: str) -> None:
    assert run("import", EXPORTS / name, "--out", tmp_path / "out").exit_code == 0
    straight, _ = take_in(Request(files={"orders": EXPORTS / name}))
    written, _ = take_in(Request(files={"orders": tmp_path / "out" / "orders.csv"}))
    assert straight.orders is not None
    assert written.orders is not None
    assert int(straight.orders["amount"].sum()) == int(written.orders["amount"].sum()) == EXPECTED[name]["sum"]
    assert straight.customers["name"].tolist() == written.customers["name"].tolist()
    for key in ("date", "amount", "order_id", "product"):
        assert straight.orders[key].tolist() == written.orders[key].tolist(), key


def test_an_unknown_export_is_proposed_changed_saved_and_then_known(run: Callable[..., Result], tmp_path: Path) -> None:
    lines = ["伝票,いつ,だれ,いくら,税込,状態"]
    lines += [
        f"{at},2026/4/{at % 27 + 1},{'ABC'[at % 3]}社,{100 * at + 50},{110 * at + 55},{'受注' if at % 4 else '失注'}"
        for at in range(1, 41)
    ]
    path = tmp_path / "自社システム.csv"
    path.write_text("\n".join(lines), encoding="cp932")
    shown = run("import", path)
    assert "提案" in shown.stdout
    assert "使う行: 状態 = 「受注」" in shown.stdout
    assert not (tmp_path / "saved").exists()
    saved = run("import", path, "--map", "orders.amount=いくら", "--save", "自社システム")
    assert saved.exit_code == 0, saved.stderr
    (file,) = (tmp_path / "saved").glob("*.toml")
    assert file.name == "自社システム.toml"
    assert "自社システム" in file.read_text(encoding="utf-8")
    known = run("check", "--orders", path, "--json")
    document = checked(known)
    assert "profile_used" in {each["code"] for each in document["findings"]}
    assert document["orders"] == 30
    assert known.exit_code == 0  # rows that the condition leaves out are no fault
    assert "自社システム" in run("import", "--list").stdout
    shared = tmp_path / "shared.toml"
    file.rename(shared)
    assert checked(run("check", "--orders", path, "--profile", shared, "--json"))["orders"] == 30


def test_where_and_values_serve_every_command(run: Callable[..., Result], tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "顧客名,取引日,金額,フェーズ\nA,2026/4/1,100,Closed Won\nB,2026/4/2,200,Closed Lost\nA,2026/4/3,300,Closed Won\n",
        encoding="utf-8",
    )
    assert checked(run("check", "--orders", orders, "--json"))["orders"] == 3
    only = run("check", "--orders", orders, "--where", "orders: フェーズ=Closed Won", "--json")
    assert checked(only)["orders"] == 2
    assert [each["row"] for each in checked(only)["findings"] if each["code"] == "filtered_row"] == [3]
    customers = tmp_path / "customers.csv"
    customers.write_text("顧客名,年間売上,リスク\nA,100,◎\nB,200,×\nC,300,?\n", encoding="utf-8")
    told = checked(run("check", "--customers", customers, "--values", "customers.risk: ◎=低, ×=高", "--json"))
    assert [each["value"] for each in told["findings"] if each["code"] == "unknown_value"] == ["?"]
    assert not [each for each in told["findings"] if each["code"] == "unknown_level"]
    scored = checked(
        run("score", "--customers", customers, "--values", "customers.risk: ◎=低, ×=高", "--no-store", "--json")
    )
    assert scored["customers"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import",), "取り込むファイル"),
        (("import", "nothing.csv"), "nothing.csv"),
        (("check", "--orders", EXPORTS / "freee-deals.csv", "--where", "フェーズ=Closed Won"), "--where"),
        (("check", "--orders", EXPORTS / "freee-deals.csv", "--where", "orders: 区分=収入"), "収支区分"),
        (("check", "--orders", EXPORTS / "freee-deals.csv", "--values", "orders.x: a=b"), "使える列"),
        (("check", "--orders", EXPORTS / "freee-deals.csv", "--profile", "freee"), "freee-deals"),
        (("check", "--orders", EXPORTS / "amazon-all-orders.txt"), "注文レポート"),
        (("import", EXPORTS / "freee-deals.csv", "--table", "sale"), "使える表"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    run: Callable[..., Result], arguments: tuple[object, ...], said: str
) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_table_that_lacks_a_column_is_not_written(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("メモ,金額\nあ,100\nい,200\n", encoding="utf-8")
    done = run("import", path, "--table", "orders", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "--map orders.date=" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_list_of_profiles_tells_their_sources(run: Callable[..., Result]) -> None:
    found = json.loads(run("import", "--list", "--json").stdout)
    assert {each["id"] for each in found} >= {"freee-deals", "kintone", "shopify-orders"}
    assert all(each["sources"] and each["note"]["ja"] and each["note"]["en"] for each in found)


def test_sheets_and_files_of_different_systems_are_one_table_each(run: Callable[..., Result], tmp_path: Path) -> None:
    """A workbook with a report sheet under a title, beside two text files of other systems."""
    import csv

    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "report1717"
    sheet.append(["商談レポート"])
    sheet.append([])
    with (EXPORTS / "salesforce-opportunities.ja.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.reader(stream):
            sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    book.save(tmp_path / "report.xlsx")
    alone = checked(run("check", tmp_path / "report.xlsx", "--json"))
    assert alone["orders"] == 3
    assert sorted(each["row"] for each in alone["findings"] if each["code"] == "filtered_row") == [5, 7, 9]
    both = run(
        *("check", "--orders", EXPORTS / "freee-deals.csv", "--orders", EXPORTS / "yayoi-hanbai.csv"),
        *("--customers", EXPORTS / "obc-bugyo-customers.csv", "--json"),
    )
    document = checked(both)
    used = {each["source"]: each["rows_used"] for each in document["sources"] if each["table"] == "orders"}
    assert used == {"freee-deals.csv": 0, "yayoi-hanbai.csv": 5}  # freee's customers are not on the list, and told
    listed = {
        each["row"]
        for each in document["findings"]
        if each["source"] == "freee-deals.csv" and each["severity"] == "error"
    }
    assert listed == set(range(2, 10))


def test_a_damaged_profile_is_told_in_every_command(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "ours.toml").write_text('id = "ours"\ntable = "order"\n', encoding="utf-8")
    for command in (("check", "--orders"), ("import",)):
        done = run(*command, EXPORTS / "yayoi-hanbai.csv")
        assert done.exit_code == 0
        assert "ours.toml" in done.output
        assert "table は" in done.output


@pytest.mark.parametrize(("answer", "code", "written"), [("n", 2, False), ("y", 0, True)])
def test_on_a_terminal_it_asks_before_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, written: bool
) -> None:
    monkeypatch.setattr("engine.commands.importing.command._is_terminal", lambda: True)
    arguments = ["import", str(EXPORTS / "kintone.csv"), "--out", str(tmp_path / "out"), "--save", "受注"]
    done = CliRunner().invoke(main, arguments, input=f"{answer}\n", env={"PORTFOLIO_PROFILES": str(tmp_path / "saved")})
    assert done.exit_code == code
    assert (tmp_path / "out" / "orders.csv").exists() == written
    assert (tmp_path / "saved" / "受注.toml").exists() == written


def test_a_folder_of_exports_is_imported_at_once(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("import", EXPORTS / "kintone*.csv", EXPORTS / "salesforce-accounts.ja.csv", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    written = (tmp_path / "out" / "orders.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(written) == 1 + 6 + 3 + 3
    assert len((tmp_path / "out" / "customers.csv").read_text(encoding="utf-8-sig").splitlines()) == 1 + 3


def test_orders_without_a_header_row_are_told_and_written(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "nohead.csv"
    file.write_text("101,20260401,1500\n102,20260403,2500\n101,20260501,800\n", encoding="utf-8")
    done = run("import", file, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "見出しの行がありません" in done.output
    written = (tmp_path / "out/orders.csv").read_text(encoding="utf-8-sig").split()
    assert written == ["顧客ID,取引日,金額", "101,2026-04-01,1500", "102,2026-04-03,2500", "101,2026-05-01,800"]
