"""Nothing lost on the way in: one table cut over sheets and files is read as the one table, every rest is told."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.commands.command import main
from engine.definition.definition import load_definition
from engine.language.errors import Refusal
from engine.reading.sources import inspect as inspecting
from engine.reading.sources import read_files, read_input, read_workbook, remote
from engine.scoring.pipeline import clean_tables
from engine.scoring.scoring import score

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.reading.raw import RawTables
    from engine.scoring.portfolio import Portfolio

HEADER = ("取引ID", "取引日", "顧客名", "商品", "金額")
AS_OF = date(2026, 3, 31)
Row = tuple[object, ...]


def rows_of(count: int, seed: int = 1) -> list[Row]:
    """Return orders of a year, day by day."""
    dice = random.Random(seed)
    first = date(2025, 4, 1)
    days = sorted(first + timedelta(days=dice.randrange(365)) for _ in range(count))
    names = ("あおい商店", "かえで堂", "さくら屋", "つばき薬局", "ひのき工業")
    return [
        (f"T{at:05}", day, dice.choice(names), dice.choice(("茶", "菓子", None)), dice.randrange(-200, 90_000))
        for at, day in enumerate(days)
    ]


ROWS = rows_of(240)
TOTAL = sum(int(str(row[-1])) for row in ROWS)


def write_csv(path: Path, rows: Sequence[Row], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows([header, *(["" if cell is None else cell for cell in row] for row in rows)])
    return path


def write_book(path: Path, sheets: Mapping[str, Sequence[Row]], header: Sequence[str] = HEADER) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in [header, *rows]:
            sheet.append(list(row))
    book.save(path)
    return path


def months_of(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        day = row[1]
        assert isinstance(day, date)
        found.setdefault(f"{day.month}月", []).append(row)
    return found


def run_of(raw: RawTables) -> Portfolio:
    return score(clean_tables(raw, load_definition(), AS_OF), load_definition(), AS_OF)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Portfolio:
    """The run of the one-table file."""
    run = run_of(read_files({"orders": write_csv(tmp_path_factory.mktemp("one") / "all.csv", ROWS)}))
    assert run.orders is not None
    assert run.orders["amount"].sum() == TOTAL
    return run


def assert_same(raw: RawTables, whole: Portfolio) -> Portfolio:
    run = run_of(raw)
    assert run.orders is not None
    assert run.orders["amount"].sum() == TOTAL
    assert run.handle == whole.handle
    assert run.reconciliation["open"].tolist() == [0] * len(run.sources)
    assert sum(source.rows_read for source in run.sources) == len(ROWS)
    return run


# ---- one table in several places ------------------------------------------------------------------------------------------


def test_twelve_monthly_sheets_are_one_table(tmp_path: Path, whole: Portfolio) -> None:
    path = write_book(tmp_path / "monthly.xlsx", months_of(ROWS))
    run = assert_same(read_workbook(path), whole)
    assert [source.source for source in run.sources] == [f"monthly.xlsx › {month}" for month in months_of(ROWS)]
    assert not any(finding.severity != "note" for finding in run.findings)
    assert not run.stale_sources  # April is old, the table is not


def test_two_files_of_repeated_options(tmp_path: Path, whole: Portfolio) -> None:
    paths = [write_csv(tmp_path / "a.csv", ROWS[:100]), write_csv(tmp_path / "b.csv", ROWS[100:])]
    assert_same(read_files({"orders": paths}), whole)


def test_a_pattern_and_a_folder(tmp_path: Path, whole: Portfolio) -> None:
    (tmp_path / "sales").mkdir()
    for at in range(3):
        write_csv(tmp_path / "sales" / f"{at}.csv", ROWS[at * 80 : at * 80 + 80])
    (tmp_path / "sales" / "readme.md").write_text("x")
    (tmp_path / "sales" / "old").mkdir()
    assert_same(read_files({"orders": str(tmp_path / "sales" / "*.csv")}), whole)
    raw = read_files({"orders": tmp_path / "sales"})
    assert_same(raw, whole)
    assert [(each.source, each.code) for each in raw.findings] == [
        ("old", "file_not_read"),
        ("readme.md", "file_not_read"),
    ]


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_gzip(tmp_path: Path, whole: Portfolio, suffix: str) -> None:
    plain = write_csv(tmp_path / "all.csv", ROWS).read_text(encoding="utf-8")
    content = plain if suffix == ".csv" else plain.replace(",", "\t")
    path = tmp_path / f"all{suffix}.gz"
    path.write_bytes(gzip.compress(content.encode("cp932")))
    run = assert_same(read_files({"orders": path}), whole)
    assert run.sources[0].source == f"all{suffix}.gz"


def test_a_zip_file_holds_one_file_or_several(tmp_path: Path, whole: Portfolio) -> None:
    parts = [write_csv(tmp_path / f"{at}.csv", ROWS[at * 120 : at * 120 + 120]) for at in range(2)]
    with zipfile.ZipFile(tmp_path / "sales.zip", "w") as archive:
        for part in parts:
            archive.write(part, part.name)
        archive.writestr("__MACOSX/._0.csv", b"x")
        archive.writestr("memo.docx", b"x")
    raw = read_files({"orders": tmp_path / "sales.zip"})
    run = assert_same(raw, whole)
    assert [source.source for source in run.sources] == ["sales.zip › 0.csv", "sales.zip › 1.csv"]
    assert {each.source for each in raw.findings if each.code == "file_not_read"} == {
        "sales.zip › __MACOSX/._0.csv",
        "sales.zip › memo.docx",
    }


class _JapaneseName(zipfile.ZipInfo):
    """An entry whose name is written as Japanese Windows writes it: in CP932, without the flag for UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's name
        return self.filename.encode("cp932"), self.flag_bits & ~0x800


def test_names_in_a_zip_file_of_japanese_windows(tmp_path: Path, whole: Portfolio) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(_JapaneseName("売上.csv"), write_csv(tmp_path / "a.csv", ROWS).read_bytes())
    run = assert_same(read_files({"orders": tmp_path / "x.zip"}), whole)
    assert run.sources[0].source == "x.zip › 売上.csv"


@pytest.mark.parametrize("kind", ["csv", "gzip", "xlsx", "parquet"])
def test_standard_input_is_known_by_its_bytes(tmp_path: Path, whole: Portfolio, kind: str) -> None:
    path = write_csv(tmp_path / "all.csv", ROWS)
    if kind == "xlsx":
        path = write_book(tmp_path / "all.xlsx", {"取引": ROWS})
    elif kind == "parquet":
        path = tmp_path / "all.parquet"
        pd.DataFrame(ROWS, columns=list(HEADER)).to_parquet(path)
    content = path.read_bytes()
    stream = io.BytesIO(gzip.compress(content) if kind == "gzip" else content)
    run = assert_same(read_input([], {"orders": "-"}, stdin=stream), whole)
    assert run.sources[0].source.startswith("stdin")


def test_standard_input_through_the_command(tmp_path: Path, whole: Portfolio) -> None:
    path = write_csv(tmp_path / "all.csv", ROWS)
    options = ["--as-of", str(AS_OF), "--no-store", "--json"]
    result = CliRunner().invoke(main, ["score", "--orders", "-", *options], input=path.read_bytes())
    assert json.loads(result.stdout)["run"] == whole.handle
    assert read_refused(lambda: read_files({"orders": "-", "customers": "-"})).startswith(
        "標準入力(-)を使えるのは1つの表だけ"
    )


def test_a_parquet_folder_with_partitions(tmp_path: Path) -> None:
    frame = pd.DataFrame(ROWS, columns=list(HEADER))
    frame["年"] = [str(row[1])[:4] for row in ROWS]
    frame.to_parquet(tmp_path / "sales", partition_cols=["年"])
    raw = read_files({"orders": tmp_path / "sales"})
    table = raw.tables["orders"]
    assert len(table.frame) == len(ROWS)
    assert set(table.frame["年"]) == {"2025", "2026"}
    run = run_of(raw)
    assert run.orders is not None
    assert run.orders["amount"].sum() == TOTAL
    assert [source.source.split("/")[0] for source in run.sources] == ["年=2025", "年=2026"]


def test_partitions_may_be_columns_that_are_needed(tmp_path: Path) -> None:
    frame = pd.DataFrame({"顧客名": ["A", "B"], "金額": [1, 2], "取引日": ["2026-03-01", "2026-03-02"]})
    frame.to_parquet(tmp_path / "by_day", partition_cols=["取引日"])
    run = run_of(read_files({"orders": tmp_path / "by_day"}))
    assert run.orders is not None
    assert run.orders["date"].dt.day.tolist() == [1, 2]


def test_several_workbooks_are_one_input(tmp_path: Path, whole: Portfolio) -> None:
    months = months_of(ROWS)
    halves = [dict(list(months.items())[:6]), dict(list(months.items())[6:])]
    paths = [write_book(tmp_path / f"{name}.xlsx", half) for name, half in zip("ab", halves, strict=True)]
    assert_same(read_input(paths, {}), whole)
    assert_same(read_input([tmp_path / "*.xlsx"], {}), whole)


def test_the_commands_read_what_they_are_given(tmp_path: Path, whole: Portfolio) -> None:
    first, second = write_csv(tmp_path / "a.csv", ROWS[:100]), write_csv(tmp_path / "b.csv", ROWS[100:])
    options = ["--as-of", str(AS_OF), "--no-store", "--json"]
    for named in (["--orders", str(first), "--orders", str(second)], ["--orders", str(tmp_path / "*.csv")]):
        result = CliRunner().invoke(main, ["score", *named, *options])
        assert json.loads(result.stdout)["run"] == whole.handle
    book = write_book(tmp_path / "m.xlsx", months_of(ROWS))
    assert json.loads(CliRunner().invoke(main, ["score", str(book), *options]).stdout)["run"] == whole.handle
    shown = CliRunner().invoke(main, ["check", str(book), "--lang", "ja"])
    assert "m.xlsx › 4月 … 3月 (12): 240行を読み、240行を使います" in shown.stdout


# ---- the law --------------------------------------------------------------------------------------------------------------

CUT = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@CUT
@given(data=st.data())
def test_a_table_cut_over_sheets_and_files_at_random_is_the_same_run(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = rows_of(data.draw(st.integers(1, 40)), data.draw(st.integers(0, 5)))
    if data.draw(st.booleans()):
        rows[data.draw(st.integers(0, len(rows) - 1))] = ("X", "いつか", "あおい商店", None, 5)  # a row that is listed
    if data.draw(st.booleans()):
        rows = [(None, *row[1:]) for row in rows]
    ends = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=6)))
    parts = [rows[start:end] for start, end in zip([0, *ends], [*ends, len(rows)], strict=True)]
    folder = tmp_path_factory.mktemp("cut")
    paths: list[Path] = []
    sheets: list[str] = []
    at = 0
    while at < len(parts):
        count = data.draw(st.integers(1, 3))
        group, name = parts[at : at + count], f"{len(paths):02}"
        kind = data.draw(st.sampled_from(["book", "csv", "gz"]))
        if kind == "book":
            paths.append(write_book(folder / f"{name}.xlsx", {f"{at + n + 1}月": part for n, part in enumerate(group)}))
            sheets += [f"{name}.xlsx › {at + n + 1}月" for n in range(len(group))]
        else:
            path = write_csv(folder / f"{name}.csv", [row for part in group for row in part])
            if kind == "gz":
                (folder / f"{name}.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
                path.unlink()
                path = folder / f"{name}.csv.gz"
            paths.append(path)
            sheets.append(path.name)
        at += count
    try:
        one = run_of(read_files({"orders": write_csv(folder / "one.csv", rows)}))
    except Refusal:  # not one row can be used
        with pytest.raises(Refusal):
            run_of(read_files({"orders": paths}))
        return
    raw = read_files({"orders": paths})
    many = run_of(raw)
    assert many.handle == one.handle
    reconciled = many.reconciliation
    assert reconciled["open"].abs().sum() == 0
    assert reconciled["read"].sum() == one.reconciliation["read"].sum() == len(rows)
    told = {finding.source for finding in many.findings if finding.code in ("empty_sheet", "file_not_read")}
    assert {source.source for source in many.sources} | told >= set(sheets)


# ---- the same rows twice --------------------------------------------------------------------------------------------------


def test_a_file_given_twice_is_read_once(tmp_path: Path, whole: Portfolio) -> None:
    path = write_csv(tmp_path / "all.csv", ROWS)
    again = tmp_path / "again.csv"
    again.write_bytes(path.read_bytes())
    raw = read_files({"orders": [path, path, again]})
    assert_same(raw, whole)
    assert [(each.severity, each.source) for each in raw.findings] == [
        ("warning", "all.csv (2)"),
        ("warning", "again.csv"),
    ]


def test_a_copy_of_a_sheet_is_read_once(tmp_path: Path, whole: Portfolio) -> None:
    raw = read_workbook(write_book(tmp_path / "x.xlsx", {"東京": ROWS, "控え": [*reversed(ROWS)], "大阪": ROWS[:50]}))
    assert_same(raw, whole)
    assert {each.source: each.code for each in raw.findings} == {
        "x.xlsx › 控え": "double_source",
        "x.xlsx › 大阪": "double_source",
    }


def test_a_copy_saved_in_another_format_is_read_once(tmp_path: Path, whole: Portfolio) -> None:
    plain = [(row[0], f"{row[1]:%Y-%m-%d}", *row[2:]) for row in ROWS]
    paths = [write_csv(tmp_path / "a.csv", ROWS), write_book(tmp_path / "b.xlsx", {"取引": plain})]
    raw = read_files({"orders": paths})
    assert_same(raw, whole)
    assert [(each.source, each.code) for each in raw.findings] == [("b.xlsx › 取引", "double_source")]


def test_without_order_ids_rows_that_two_files_share_are_told(tmp_path: Path) -> None:
    header, rows = HEADER[1:], [row[1:] for row in ROWS]
    paths = [write_csv(tmp_path / "a.csv", rows[:150], header), write_csv(tmp_path / "b.csv", rows[140:], header)]
    run = run_of(read_files({"orders": paths}))
    warning = next(each for each in run.findings if each.code == "overlapping_sources")
    assert "同じ顧客・日付・金額の行が20行" in warning.reason.ja
    assert warning.severity == "warning"


def test_monthly_sums_beside_their_lines_are_told(tmp_path: Path) -> None:
    totals: Counter[tuple[str, str]] = Counter()
    for row in ROWS:
        totals[str(row[1])[:7], str(row[2])] += int(str(row[4]))
    sums: list[Row] = [(f"{month}-28", name, total) for (month, name), total in totals.items()]
    lines = write_csv(tmp_path / "a.csv", [row[1:] for row in ROWS], HEADER[1:])
    months = write_csv(tmp_path / "b.csv", sums, ("取引日", "顧客名", "金額"))
    run = run_of(read_files({"orders": [lines, months]}))
    warning = next(each for each in run.findings if each.code == "overlapping_sources")
    assert "合計が等しい" in warning.reason.ja


# ---- files that differ ----------------------------------------------------------------------------------------------------


def test_encodings_headers_units_and_orders_of_columns_may_differ(tmp_path: Path, whole: Portfolio) -> None:
    first = write_csv(tmp_path / "a.csv", ROWS[:100])
    thousands = [(row[3], row[2], int(str(row[4])) / 1000, row[0], f"{row[1]:%d.%m.%Y}") for row in ROWS[100:200]]
    second = write_csv(
        tmp_path / "b.csv", thousands, ("品名", "得意先名", "売上金額(千円)", "伝票番号", "受注日"), "cp932"
    )
    english = ("Order ID", "Order date", "Customer name", "Product", "Amount")
    third = write_book(tmp_path / "c.xlsx", {"Sheet1": ROWS[200:]}, english)
    assert_same(read_files({"orders": [first, second, third]}), whole)


def test_a_file_that_lacks_a_needed_column_is_named(tmp_path: Path) -> None:
    first = write_csv(tmp_path / "a.csv", ROWS[:100])
    second = write_csv(tmp_path / "b.csv", [row[:4] for row in ROWS[100:]], HEADER[:4])
    assert "取引の表(b.csv)に列「金額」がありません" in read_refused(
        lambda: run_of(read_files({"orders": [first, second]}))
    )


def test_a_mapping_holds_for_the_files_that_have_the_header(tmp_path: Path, whole: Portfolio) -> None:
    first = write_csv(tmp_path / "a.csv", ROWS[:100])
    second = write_csv(tmp_path / "b.csv", ROWS[100:], ("取引ID", "いつ", "顧客名", "商品", "金額"))
    assert_same(read_files({"orders": [first, second]}, {"orders.date": "いつ"}), whole)
    refusal = read_refused(lambda: run_of(read_files({"orders": [first, second]}, {"orders.date": "何時"})))
    assert "何時" in refusal


def test_files_of_a_table_go_before_a_workbooks_sheet(tmp_path: Path, whole: Portfolio) -> None:
    book = write_book(tmp_path / "x.xlsx", {"取引": ROWS[:7]})
    raw = read_input([book], {"orders": write_csv(tmp_path / "all.csv", ROWS)})
    assert_same(raw, whole)
    assert [(each.source, each.code) for each in raw.findings] == [("x.xlsx › 取引", "sheet_not_read")]


# ---- what is refused ------------------------------------------------------------------------------------------------------


def read_refused(read: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        read()
    assert all(caught.value.text)
    return caught.value.text.ja


def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"x" * 10_000)[:-20])
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and nothing more")
    assert "読めるファイルがありません" in read_refused(lambda: read_files({"orders": tmp_path / "empty"}))
    assert "当てはまるファイルがありません" in read_refused(lambda: read_files({"orders": tmp_path / "*.tsv"}))
    assert "壊れています" in read_refused(lambda: read_files({"orders": tmp_path / "cut.csv.gz"}))
    assert "壊れています" in read_refused(lambda: read_files({"orders": tmp_path / "bad.zip"}))
    assert "表ごとのファイル" in read_refused(lambda: read_input([write_csv(tmp_path / "a.csv", ROWS)], {}))
    monkeypatch.setattr(inspecting, "LARGEST_UNPACKED", 1 << 20)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(bytes(2 << 20)))
    assert "超えるので読みません" in read_refused(lambda: read_files({"orders": tmp_path / "bomb.csv.gz"}))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", bytes(2 << 20))
    assert "超えるので読みません" in read_refused(lambda: read_files({"orders": tmp_path / "bomb.zip"}))


def test_a_zip_file_with_a_password_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", b"x")
    content = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    path.write_bytes(bytes(content))
    assert "パスワード付きの ZIP" in read_refused(lambda: read_files({"orders": path}))


@pytest.mark.parametrize("filled", [True, False])
def test_a_stray_cell_at_the_end_of_the_sheet(tmp_path: Path, filled: bool) -> None:
    path = write_book(tmp_path / "far.xlsx", {"4月": ROWS[:20], "5月": ROWS[20:]})
    book = openpyxl.load_workbook(path)
    book["5月"]["XFD1048576"].value = "x" if filled else None
    book["5月"]["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    book.save(path)
    raw = read_workbook(path)
    assert [part.source for part in raw.tables["orders"].all_parts()] == [
        f"far.xlsx › {month}" for month in (["4月"] if filled else ["4月", "5月"])
    ]
    assert [each.source for each in raw.findings if "A1:XFD1048576" in each.reason.ja] == ["far.xlsx › 5月"] * filled


# ---- addresses of stores --------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bucket of the stores: a folder here, behind the file system that pyarrow would give."""
    from pyarrow import fs

    place = tmp_path / "bucket"
    place.mkdir()
    store = fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem())
    monkeypatch.setattr(remote, "filesystem_of", lambda address: (store, address.partition("://")[2]))
    return place


@pytest.mark.parametrize("scheme", ["s3", "gs", "abfs"])
def test_a_file_a_folder_and_a_pattern_of_a_store(bucket: Path, whole: Portfolio, scheme: str) -> None:
    (bucket / "sales").mkdir()
    write_csv(bucket / "sales" / "1.csv", ROWS[:100])
    write_csv(bucket / "sales" / "2.csv", ROWS[100:])
    write_csv(bucket / "all.csv", ROWS)
    assert_same(read_files({"orders": f"{scheme}://bucket/all.csv"}), whole)
    assert_same(read_files({"orders": f"{scheme}://bucket/sales/*.csv"}), whole)
    run = assert_same(read_files({"orders": f"{scheme}://bucket/sales"}), whole)
    assert [source.source for source in run.sources] == ["1.csv", "2.csv"]


def test_a_parquet_folder_of_a_store(bucket: Path) -> None:
    frame = pd.DataFrame(ROWS, columns=list(HEADER)).assign(year=[str(row[1])[:4] for row in ROWS])
    frame.to_parquet(bucket / "sales", partition_cols=["year"])
    raw = read_files({"orders": "s3://bucket/sales"})
    assert set(raw.tables["orders"].frame["year"]) == {"2025", "2026"}
    assert len(raw.tables["orders"].frame) == len(ROWS)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OSError("When reading information for key 'k': AWS Error ACCESS_DENIED during HeadObject: secret=abc"),
            "権限がないか、認証情報",
        ),
        (OSError("AWS Error NETWORK_CONNECTION: curlCode: 28, Timeout was reached secret=abc"), "接続できません"),
        (
            pa.ArrowException("Unknown error: AuthenticationException: Failed to get token from abc"),
            "権限がないか、認証情報",
        ),
        (FileNotFoundError("secret=abc"), "ファイルがありません"),
        (NotImplementedError("secret=abc"), "対応していません"),
    ],
)
def test_a_store_that_fails_is_told_in_one_line_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(address: str) -> Any:
        raise error

    monkeypatch.setattr(remote, "filesystem_of", fail)
    told = read_refused(lambda: read_files({"orders": "s3://bucket/a.csv?X-Amz-Signature=abc"}))
    assert words in told
    assert "abc" not in told
    assert "\n" not in told


def test_credentials_do_not_belong_into_an_address() -> None:
    assert "認証情報を書かないで" in read_refused(lambda: read_files({"orders": "s3://key:secret@bucket/a.csv"}))
    assert "ftp:// は使えません" in read_refused(lambda: read_files({"orders": "ftp://host/a.csv"}))


def test_an_address_of_this_computer(tmp_path: Path, whole: Portfolio) -> None:
    assert_same(read_files({"orders": write_csv(tmp_path / "all.csv", ROWS).as_uri()}), whole)
