"""`CalcBook` over a real document: what is read, written, drawn, saved, and that nothing of the user's is lost."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from helpers.office_scripted import Scripted
from helpers.portfolios import THREE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from helpers.office import Book

pytestmark = pytest.mark.calc

STATE = "answer = [book.isAutomaticCalculationEnabled(), book.hasControllersLocked()]"
AS_BEFORE = [True, False]


def serial(day: date) -> float:
    return float((day - date(1899, 12, 30)).days)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    with Scripted(tmp_path_factory.mktemp("scripted")) as running:
        yield running


@pytest.fixture
def book(scripted: Scripted, tmp_path: Path) -> Iterator[Book]:
    """A workbook with an Excel table below a title, cells of every kind, and a sheet with a note."""
    path = tmp_path / "ブック.xlsx"
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("顧客")
        page.write("B1", "顧客の一覧")
        day, red = made.add_format({"num_format": "yyyy/mm/dd"}), made.add_format({"bg_color": "#FF0000"})
        page.add_table("B3:D5", {"name": "顧客", "columns": [{"header": each} for each in ("顧客ID", "開始", "売上")]})
        page.write_row("B4", ["00123"])
        page.write_datetime("C4", datetime(2026, 3, 31), day)  # noqa: DTZ001 - a cell's date
        page.write("D4", 1500)
        page.write_row("B5", ["B-2", "", "=1/0"])
        page.write("B5", "B-2", red)
        page.write_datetime("C5", datetime(2026, 4, 1), day)  # noqa: DTZ001 - a cell's date
        page.data_validation("D4:D5", {"validate": "decimal", "criteria": ">=", "value": 0})
        made.add_worksheet("メモ").write("A1", "うちのメモ")
        made.add_worksheet("空")
    with scripted.office.open(path) as opened:
        yield opened


def test_a_table_is_read_with_its_dates_its_errors_and_what_was_typed_below(scripted: Scripted, book: Book) -> None:
    code = "found = book.read('顧客'); answer = [found.rows, found.first_row, found.first_column]"
    rows, row, column = scripted.do(book, code)
    assert rows == [
        ["顧客ID", "開始", "売上"],
        ["00123", "2026-03-31 00:00:00", 1500.0],
        ["B-2", "2026-04-01 00:00:00", "#DIV/0!"],
    ]
    assert (row, column) == (3, 2)
    book.put("顧客", "B6", "C-3")
    book.put("顧客", "B8", "遠くのメモ")
    assert [row[0] for row in scripted.do(book, "answer = book.read('顧客').rows")] == ["顧客ID", "00123", "B-2", "C-3"]
    assert scripted.do(book, "answer = [book.read('空'), book.read('メモ').rows]") == [None, [["うちのメモ"]]]
    assert scripted.do(book, "answer = book.sheets()") == ["顧客", "メモ", "空"]


def test_a_block_is_written_found_again_and_keeps_the_users_formats(scripted: Scripted, book: Book) -> None:
    write = (
        "import datetime\n"
        "rows = [['名前', '金額', '日'], ['=1+1', -1500, datetime.date(2026, 3, 31)], ['00123', None, None]]\n"
        "with book.quiet(): answer = book.write('PF_X', '結果', rows, ('', '#,##0;△#,##0', ''))\n"
    )
    assert scripted.do(book, write) is True
    assert book.values("結果") == [["名前", "金額", "日"], ["=1+1", -1500.0, 46112.0], ["00123", "", ""]]
    cells = "area = book.Sheets.getByName('結果').getCellRangeByName({!r})\ncells = [area.getCellByPosition(*at) for at in {}]\n"
    shown = cells.format("B2:C2", [(0, 0), (1, 0)]) + "answer = [cell.String for cell in cells]"
    assert book.run(shown) == ["△1,500", "2026/03/31"]
    # The user paints a column, types a note beside, and moves the block down.
    book.run(
        "page = book.Sheets.getByName('結果')\n"
        "page.getCellRangeByName('A1:A3').CellBackColor = 0xFF0000\n"
        "page.getCellRangeByName('E1').String = 'メモ'\n"
        "page.Rows.insertByIndex(0, 2)\n"
    )
    longer = write.replace("['00123', None, None]]", "['x', 1, None], ['y', 2, None], ['z', 3, None]]")
    assert scripted.do(book, longer) is True
    assert [row[0] for row in book.values("結果", "A1:A7")] == ["", "", "名前", "=1+1", "x", "y", "z"]
    assert book.value("結果", "E3") == "メモ"
    colours = cells.format("A3:A7", [(0, row) for row in range(5)]) + "answer = [cell.CellBackColor for cell in cells]"
    assert book.run(colours) == [0xFF0000] * 5
    assert scripted.do(book, "answer = book.block('PF_X').first_row") == 3
    # What stands below is not ours: the block does not grow over it.
    book.put("結果", "A8", "ここから下は手作り")
    assert scripted.do(book, longer.replace("['z', 3, None]]", "['z', 3, None], ['大', 4, None]]")) is False
    assert [row[0] for row in book.values("結果", "A7:A8")] == ["z", "ここから下は手作り"]
    assert scripted.do(book, write.replace("結果", "メモ").replace("PF_X", "PF_Y")) is False
    assert book.run(STATE) == AS_BEFORE


def test_calculation_comes_back_after_an_error(scripted: Scripted, book: Book) -> None:
    with pytest.raises(AssertionError, match="記録番号"):
        scripted.do(book, "with book.quiet(): raise ValueError('株式会社A')")
    assert book.run(STATE) == AS_BEFORE
    assert "株式会社A" not in scripted.log.read_text(encoding="utf-8")
    book.run("book.enableAutomaticCalculation(False)")
    scripted.do(book, "with book.quiet(): book.put_at('空', 1, 1, 1)")
    assert book.run(STATE) == [False, False]


def test_a_longer_table_keeps_its_looks_and_carries_formulas_down(scripted: Scripted, book: Book) -> None:
    rows = [[f"{number:05}", None] for number in range(2, 8)]
    code = f"with book.quiet(): book.reshape('顧客', 8); book.put_rows('顧客', 5, 2, {rows!r})"
    book.put("顧客", "D5", "=D4*2")
    scripted.do(book, code)
    assert book.values("顧客", "B4:B10") == [["00123"], *[[row[0]] for row in rows]]
    assert [row[0] for row in book.formulas("顧客", "D4:D10")] == ["1500", *[f"=D{row}*2" for row in range(4, 10)]]
    assert scripted.do(book, "answer = len(book.read('顧客').rows)") == 8
    look = (
        "page = book.Sheets.getByName('顧客')\n"
        "answer = [book.DatabaseRanges.getByName('顧客').DataArea.EndRow,\n"
        "          page.getCellRangeByName('D10').Validation.Type.value,\n"
        "          book.NumberFormats.getByKey(page.getCellRangeByName('C10').NumberFormat).Type & 2,\n"
        "          page.getCellRangeByName('B10').CellBackColor]"
    )
    assert book.run(look) == [9, "DECIMAL", 2, 0xFF0000]
    book.put("顧客", "C12", "下の別の表")
    with pytest.raises(AssertionError, match="すぐ下に別の内容"):
        scripted.do(book, "with book.quiet(): book.reshape('顧客', 10)")
    scripted.do(book, "with book.quiet(): book.reshape('顧客', 2)")
    assert book.values("顧客", "B4:D10") == [["00123", serial(date(2026, 3, 31)), 1500], *[["", "", ""]] * 6]
    assert book.run(look)[0] == 3
    scripted.do(
        book, "with book.quiet(): book.fill('新しい', [['顧客ID'], ['00007']]); book.fill('空', [['a'], ['=1']])"
    )
    assert (book.value("新しい", "A2"), book.value("空", "A2")) == ("00007", "=1")
    scripted.do(book, "book.remove('新しい')")
    assert "新しい" not in book.sheets()
    book.run("book.Sheets.getByName('顧客').protect('')")
    with pytest.raises(AssertionError, match="保護"):
        scripted.do(book, "with book.quiet(): book.reshape('顧客', 2)")


def test_what_was_typed_is_told_from_what_is_shown_and_put_back(scripted: Scripted, book: Book) -> None:
    code = (
        "from addin.shared.book import Formula\n"
        "found = book.contents('顧客')\n"
        "with book.quiet(): book.put_rows('顧客', 3, 2, found.rows)\n"
        "answer = [[[type(cell).__name__, cell] for cell in row] for row in found.rows]"
    )
    book.put("顧客", "C5", "=D4*2")
    before = book.formulas("顧客")
    found = scripted.do(book, code)
    assert found[1][::2] == [["str", "00123"], ["float", 1500.0]]
    assert found[1][1][0] == "datetime"
    assert found[2] == [["str", "B-2"], ["Formula", "=D4*2"], ["Formula", "=1/0"]]
    assert book.formulas("顧客") == before
    assert scripted.do(book, "answer = book.contents('空')") is None


def test_cells_are_chosen_from_a_list_on_the_same_sheet(scripted: Scripted, book: Book) -> None:
    rows = [["列", "見出し", None, "ファイル"], ["金額", None, None, "税込"], ["日付", None, None, "日"]]
    code = f"with book.quiet(): book.write('PF_X', '空', {rows!r})\nbook.offer('PF_X', 1, 1, 2, (1, 3, 2))"
    scripted.do(book, code)
    found = book.run(
        "held = book.Sheets.getByName('空').getCellRangeByName('B3').Validation\n"
        "answer = [held.Type.value, held.getFormula1(), held.ShowList, held.ShowErrorMessage]"
    )
    assert found == ["LIST", "$空.$D$2:$D$3", 1, False]


def test_what_is_selected(scripted: Scripted, book: Book) -> None:
    select = "book.CurrentController.select(book.Sheets.getByName('顧客').getCellRangeByName({!r}))"
    code = "found = book.selected()\nanswer = [found.sheet, found.cells, found.first_row, found.column]\n"
    book.run(select.format("B4"))
    assert scripted.do(book, code) == ["顧客", [["00123"]], 4, 0]
    book.run(select.format("C3:C1000"))
    assert scripted.do(book, code) == [
        "顧客",
        [["開始"], ["2026-03-31 00:00:00"], ["2026-04-01 00:00:00"]],
        3,
        1,
    ]
    book.run(select.format("H50"))
    assert scripted.do(book, code)[1] == []
    assert scripted.do(book, "answer = book.selected().lines") == []


def test_showing_and_naming(scripted: Scripted, book: Book) -> None:
    book.run("book.Sheets.getByName('メモ').IsVisible = False")
    scripted.do(book, "book.show('メモ', 2, 3)")
    assert book.run("answer = book.CurrentSelection.AbsoluteName") == "$メモ.$C$2"
    scripted.do(
        book, "with book.quiet(): book.write('PF_X', '空', [['a', 'b'], [1, 2]])\nbook.define('名', 'PF_X', 1, 1)"
    )
    assert scripted.do(book, "found = book.named('名'); answer = [found.value, found.is_formula]") == [2.0, False]
    scripted.do(book, "book.put('名', '=1+1')")
    assert book.run("answer = book.Sheets.getByName('空').getCellRangeByName('B2').Type.value") == "TEXT"
    book.put("空", "B2", "=1+1")
    assert scripted.do(book, "found = book.named('名'); answer = [found.value, found.is_formula]") == [2.0, True]
    assert scripted.do(book, "answer = [book.named('無い'), book.block('無い')]") == [None, None]


def test_questions_and_places(scripted: Scripted, book: Book, tmp_path: Path) -> None:
    code = (
        "answer = [book.ask('何を?', '案'), book.confirm('よいか?'), [str(each) for each in book.choose_files('選ぶ', ['csv'])],\n"
        "          book.choose_place('どこへ', 'x.pdf')]\n"
        "book.message('済み')\n"
    )
    answered: list[Any] = ["これ", True, [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")], None]
    assert scripted.do(book, code, answered) == answered


def test_a_chart_stands_beside_its_block_and_is_replaced(scripted: Scripted, book: Book) -> None:
    code = (
        "from addin.shared.book import Chart\n"
        "rows = [['顧客', '売上', '粗利率', '純利益'], ['A', 10, 0.2, 3], ['B', 20, 0.1, 1], ['C', 5, 0.4, 2]]\n"
        "with book.quiet():\n"
        "    book.write('PF_M', '地図', rows)\n"
        "    book.chart('PF_M', Chart('bubble', '収益性', '売上', '粗利率', (('純利益', 1, 2, 3),)))\n"
        "    book.write('PF_B', '棒', rows)\n"
        "    book.chart('PF_B', Chart('bar', '売上', '', '', (('売上', 0, 1, None), ('純利益', 0, 3, None))))\n"
    )
    look = (
        "answer = {}\n"
        "for sheet in ('地図', '棒'):\n"
        "    charts = book.Sheets.getByName(sheet).Charts\n"
        "    held = charts.getByIndex(0).EmbeddedObject\n"
        "    kind = held.getFirstDiagram().getCoordinateSystems()[0].getChartTypes()[0]\n"
        "    series = kind.getDataSeries()\n"
        "    answer[sheet] = [charts.Count, kind.getChartType(), held.Title.String, len(series),\n"
        "        [[p.Values.Role, list(p.Values.getData())] for p in series[0].getDataSequences()]]\n"
    )
    for _ in range(2):
        scripted.do(book, code)
        assert book.run(look) == {
            "地図": [
                1,
                "com.sun.star.chart2.BubbleChartType",
                "収益性",
                1,
                [["values-x", [10, 20, 5]], ["values-y", [0.2, 0.1, 0.4]], ["values-size", [3, 1, 2]]],
            ],
            "棒": [1, "com.sun.star.chart2.ColumnChartType", "売上", 2, [["values-y", [10, 20, 5]]]],
        }


def test_copies(scripted: Scripted, book: Book, tmp_path: Path) -> None:
    book.put("空", "A1", "=D1*2")
    book.array("空", "B1:B2", "=ROW(1:2)")
    book.put("空", "D1", 21.0)
    for name in ("控え.xlsx", "値.xlsx"):
        verb = "save_copy" if name == "控え.xlsx" else "save_values"
        scripted.do(book, f"from pathlib import Path; book.{verb}(Path({str(tmp_path / name)!r}))")
    kept, values = (openpyxl.load_workbook(tmp_path / name) for name in ("控え.xlsx", "値.xlsx"))
    assert kept["空"]["A1"].value == "=D1*2"
    assert [values["空"][each].value for each in ("A1", "B1", "B2", "D1")] == [42, 1, 2, 21]
    assert values["顧客"]["B4"].value == "00123"
    assert values["顧客"]["C4"].value.date() == date(2026, 3, 31)
    assert values["顧客"]["D5"].value == "#DIV/0!"
    assert book.formulas("空", "A1") == [["=D1*2"]]
    with pytest.raises(AssertionError, match="保存できません"):
        scripted.do(book, f"from pathlib import Path; book.save_copy(Path({str(tmp_path / 'nowhere' / 'x.xlsx')!r}))")
    with pytest.raises(AssertionError, match="開けません"):
        scripted.do(book, f"from pathlib import Path; book.open(Path({str(tmp_path / 'nowhere.xlsx')!r}))")


def test_links_to_an_add_in_elsewhere_are_mended_arrays_too(scripted: Scripted, tmp_path: Path) -> None:
    path, call = tmp_path / "links.xlsx", 'PORTFOLIO_STATUS("件数")'
    with xlsxwriter.Workbook(path) as made:
        page = made.add_worksheet("表")
        for row, link in enumerate(("_xll.", "'C:\\old\\portfolio.xlam'!", "[1]!", "", "other.xlam!")):
            page.write_formula(row, 0, f"={link}{call}")
        page.write_array_formula("B1:B3", f"{{=_xll.{call}}}")
    code = "from addin.functions.links import relinked\nwith book.quiet(): answer = book.rewrite('表', relinked)"
    with scripted.office.open(path) as book:
        before = book.formulas("表", "A5")
        assert scripted.do(book, code) == [4, 0]
        shown = [[str(cell)[:8] for cell in row] for row in book.values("表")]
        assert shown == [["#PF 実行なし"] * 2] * 3 + [["#PF 実行なし", ""], ["#NAME?", ""]]
        assert book.formulas("表", "A5") == before
        assert book.formulas("表", "B3")[0][0].startswith("{=")
        assert scripted.do(book, code) == [0, 0]


def test_a_protected_sheet_is_told_and_left(scripted: Scripted, book: Book) -> None:
    book.run("book.Sheets.getByName('空').protect('')")
    with pytest.raises(AssertionError, match="保護"):
        scripted.do(book, "with book.quiet(): book.write('PF_X', '空', [['a']])")
    assert book.run(STATE) == AS_BEFORE


def test_cells_are_answered_while_a_button_is_at_work(scripted: Scripted, book: Book) -> None:
    """`calculate` makes Calc ask the very worker that waits for it."""
    for row, cells in enumerate(THREE, 1):
        for column, cell in enumerate(cells):
            book.put("空", f"{'ABCDEF'[column]}{row}", cell)  # type: ignore[arg-type]
    book.put("空", "H1", "=PORTFOLIO_RUN(A1:F4)")
    book.put("空", "H2", '=PORTFOLIO_SEGMENT("A";"標準";H1)')
    book.run(
        "book.NamedRanges.addNewByName('PF_RUN', '$空.$H$1', book.Sheets.getByIndex(0).getCellByPosition(0,0).CellAddress, 0)"
    )
    before = book.value("空", "H1")
    code = (
        "with book.quiet(): book.put_at('空', 4, 4, '高')\n"
        "book.calculate('PF_RUN')\n"
        "from engine.runs import runs\n"
        "answer = [book.named('PF_RUN').value, len(runs.recall(book.named('PF_RUN').value))]\n"
    )
    handle, customers = scripted.do(book, code)
    assert str(handle).startswith("PF-")
    assert handle != before
    assert customers == 3
    assert book.value("空", "H1") == handle
    assert book.value("空", "H2") == "大口"


def test_print_areas_end_with_what_is_shown(scripted: Scripted, book: Book) -> None:
    """Blank texts, refusals and errors are no reason for a page; a lower area leaves the upper one alone."""
    areas = "answer = [[a.StartRow, a.EndRow] for a in book.Sheets.getByName('メモ').getPrintAreas()]"
    assert scripted.do(book, "answer = book.fit_print('顧客')") is None
    assert book.run(areas.replace("メモ", "顧客")) == []
    for address, cell in (
        ("A3", "上"),
        ("A12", 5.0),
        ("A13", '=""'),
        ("A14", "#PF データ不足"),
        ("A15", "=NA()"),
        ("D30", 1.0),
    ):
        book.put("メモ", address, cell)
    set_areas = """
page = book.Sheets.getByName("メモ")
page.setPrintAreas(tuple(page.getCellRangeByName(each).RangeAddress for each in ("A1:B8", "A10:B40", "D1:D5")))
"""
    book.run(set_areas)
    scripted.do(book, "answer = book.fit_print('メモ')")
    assert book.run(areas) == [[0, 7], [9, 11], [0, 29]]
