"""A workbook in memory that records every step: the `Book` over which the buttons of the ribbon are tested."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from addin.ribbon import dispatch
from addin.shared.book import CARRIED, Block, Book, Chart, Named, Selection
from engine.language.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from addin.shared.book import Cell


class MemoryBook:
    """A book in memory: sheets as rows, named cells, and a log of what was done to it."""

    def __init__(self, sheets: dict[str, list[list[Any]]], named: dict[str, Named] | None = None) -> None:
        self.pages = sheets
        self.cells = dict(named or {})
        self.marks: dict[str, tuple[str, int, int, int, int]] = {}  # sheet, first row and column from 0, rows, columns
        self.log: list[tuple[str, ...]] = []
        self.messages: list[tuple[str, bool]] = []
        self.date1904 = False
        self.is_quiet = False
        self.breaks_at: str | None = None
        self.calculated: object = None
        self.path: Path | None = None
        self.selection: Selection | None = None
        self.answers: list[
            str | bool | Path | tuple[Path, ...] | None
        ] = []  # to questions, in the order in which they will be asked
        self.asked: list[str] = []
        self.charts: dict[str, Chart] = {}
        self.locked: set[str] = set()  # sheets that the user has protected
        self.offers: dict[tuple[str, int, int], tuple[object, ...]] = {}  # mark, row and column → what can be chosen

    def sheets(self) -> tuple[str, ...]:
        return tuple(self.pages)

    def read(self, sheet: str) -> Block | None:
        self.log.append(("read", sheet))
        rows = self.pages[sheet]
        return Block(sheet, tuple(map(tuple, rows)), 1) if rows else None

    def write(self, mark: str, sheet: str, rows: Sequence[Sequence[Cell]], formats: Sequence[str] = ()) -> bool:
        if self.breaks_at == mark:
            raise RuntimeError("株式会社Aの行が壊れました")
        assert self.is_quiet
        assert len({len(row) for row in rows}) == 1
        assert len(formats) <= len(rows[0])
        if mark not in self.marks and self.pages.get(sheet):
            return False
        place, top, left, *_ = self.marks.get(mark, (sheet, 0, 0, 0, 0))
        self._clear(mark)
        self.marks[mark] = (place, top, left, len(rows), len(rows[0]))
        self._lay(place, top, left, rows)
        self.log.append(("write", place))
        return True

    def _clear(self, mark: str) -> None:
        sheet, top, left, height, width = self.marks.get(mark, ("", 0, 0, 0, 0))
        for row in self.pages.get(sheet, [])[top : top + height]:
            row[left : left + width] = [None] * len(row[left : left + width])

    def _lay(self, sheet: str, top: int, left: int, rows: Sequence[Sequence[Cell]]) -> None:
        """Put cells on a page, which grows and shrinks with them; a cell that belongs to no block of ours is not touched."""
        page = self.pages.setdefault(sheet, [])
        page += [[] for _ in range(top + len(rows) - len(page))]
        width = max(left + len(rows[0]), *map(len, page))
        page[:] = [[*row, *[None] * (width - len(row))] for row in page]
        for down, row in enumerate(rows, top):
            for across, cell in enumerate(row, left):
                if page[down][across] is not None and not self._is_ours(sheet, down, across):
                    raise AssertionError(f"{sheet} {down} {across}: {page[down][across]!r} would be overwritten")
                page[down][across] = cell
        while page and all(cell is None for cell in page[-1]):
            page.pop()
        used = max((at for row in page for at, cell in enumerate(row, 1) if cell is not None), default=0)
        page[:] = [row[:used] for row in page]

    def _is_ours(self, sheet: str, down: int, across: int) -> bool:
        return any(
            sheet == place and top <= down < top + height and left <= across < left + width
            for place, top, left, height, width in self.marks.values()
        )

    def block(self, mark: str) -> Block | None:
        if mark not in self.marks:
            return None
        sheet, top, left, height, width = self.marks[mark]
        self.log.append(("read", sheet))
        lines = [[*row, *[None] * (left + width - len(row))] for row in self.pages[sheet][top : top + height]]
        lines += [[None] * (left + width)] * (height - len(lines))
        return Block(sheet, tuple(tuple(line[left : left + width]) for line in lines), top + 1, left + 1)

    def chart(self, mark: str, chart: Chart) -> None:
        width = self.marks[mark][-1]
        assert all(column is None or column < width for _, *columns in chart.series for column in columns)
        self.charts[mark] = chart

    def fill(self, sheet: str, rows: Sequence[Sequence[Cell]]) -> None:
        assert self.is_quiet
        assert len({len(row) for row in rows}) == 1
        assert not self.pages.get(sheet)
        self.pages[sheet] = [list(row) for row in rows]
        self.log.append(("fill", sheet))

    def contents(self, sheet: str) -> Block | None:
        return self.read(sheet)

    def reshape(self, sheet: str, height: int) -> None:
        assert self.is_quiet
        if sheet in self.locked:
            raise Refusal("unwritable", f"シート「{sheet}」は保護されています", f"the sheet {sheet} is protected")
        page = self.pages[sheet]
        del page[height:]
        page += [list(page[-1]) for _ in range(height - len(page))]
        self.log.append(("reshape", sheet))

    def put_rows(self, sheet: str, row: int, column: int, rows: Sequence[Sequence[object]]) -> None:
        assert self.is_quiet
        page = self.pages[sheet]
        for line, cells in zip(page[row - 1 : row - 1 + len(rows)], rows, strict=True):
            assert CARRIED not in cells
            assert column - 1 + len(cells) <= len(line)
            line[column - 1 : column - 1 + len(cells)] = cells
        self.log.append(("put_rows", sheet))

    def remove(self, sheet: str) -> None:
        del self.pages[sheet]
        self.log.append(("remove", sheet))

    def offer(self, mark: str, row: int, column: int, count: int, source: tuple[int, int, int]) -> None:
        block = self.block(mark)
        assert block is not None
        first, at, length = source
        offered = tuple(line[at] for line in block.rows[first : first + length])
        assert len(offered) == length
        self.offers.update({(mark, row + down, column): offered for down in range(count)})

    def put_at(self, sheet: str, row: int, column: int, value: Cell) -> None:
        page = self.pages[sheet]
        assert row <= len(page)
        page[row - 1] += [None] * (column - len(page[row - 1]))
        page[row - 1][column - 1] = value
        self.log.append(("put_at", sheet))

    def named(self, name: str) -> Named | None:
        return self.cells.get(name)

    def put(self, name: str, value: Cell) -> None:
        assert not self.cells[name].is_formula
        self.cells[name] = Named(value, is_formula=False)
        self.log.append(("put", name))

    def define(self, name: str, mark: str, row: int, column: int) -> None:
        block = self.block(mark)
        assert block is not None
        self.cells[name] = Named(block.rows[row][column], is_formula=False)
        sheet, top, left, *_ = self.marks[mark]
        self.marks[name] = (sheet, top + row, left + column, 1, 1)

    def rewrite(self, sheet: str, rule: Callable[[str], str | None]) -> tuple[int, int]:
        assert self.is_quiet
        done = 0
        for line in self.pages[sheet]:
            for column, cell in enumerate(line):
                new = rule(cell) if isinstance(cell, str) and cell.startswith("=") else None
                if new is not None and sheet not in self.locked:
                    line[column] = new
                done += new is not None
        return (0, done) if sheet in self.locked else (done, 0)

    def calculate(self, name: str) -> None:
        self.cells[name] = Named(self.calculated, is_formula=True)
        self.log.append(("calculate", name))

    def select(self, sheet: str, row: int, column: int, height: int = 1, width: int = 1) -> None:
        """Select cells as a user would; row and column count from 1."""
        rows = self.pages[sheet][row - 1 : row - 1 + height]
        cells = tuple(tuple(line[column - 1 : column - 1 + width]) for line in rows)
        self.selection = Selection(sheet, cells, tuple(map(tuple, rows)), row, column - 1)

    def selected(self) -> Selection | None:
        return self.selection

    def show(self, sheet: str, row: int = 1, column: int = 1) -> None:
        assert sheet in self.pages
        self.log.append(("show", sheet, str(row), str(column)))

    def _answer(self, question: str) -> Any:
        assert not self.is_quiet, "a question while drawing is held would not be seen"
        self.asked.append(question)
        return self.answers.pop(0)

    def ask(self, question: str, suggestion: str = "") -> str | None:
        self.log.append(("ask", suggestion))
        answer: str | None = self._answer(question)
        return answer

    def confirm(self, question: str) -> bool:
        answer: bool = self._answer(question)
        return answer

    def choose_files(self, title: str, endings: Sequence[str]) -> tuple[Path, ...]:
        answer = self._answer(title)
        chosen: tuple[Path, ...] = answer if isinstance(answer, tuple) else () if answer is None else (answer,)
        assert all(each.suffix.removeprefix(".") in endings for each in chosen)
        return chosen

    def choose_place(self, title: str, suggestion: str) -> Path | None:
        self.log.append(("choose_place", suggestion))
        answer: Path | None = self._answer(title)
        return answer

    def save_copy(self, path: Path) -> None:
        """Save the pages as a real workbook: a report is started on it."""
        import openpyxl

        made = openpyxl.Workbook()
        made.remove(made.worksheets[0])
        for name, rows in self.pages.items():
            page = made.create_sheet(name)
            for row in rows:
                page.append([cell.replace(tzinfo=None) if hasattr(cell, "tzinfo") else cell for cell in row])
            for made_cell in (each for line in page.iter_rows() for each in line if isinstance(each.value, str)):
                made_cell.data_type = "s"  # a customer called =1+1 stays a text, as in the workbook itself
        made.save(path)
        self.log.append(("save_copy", path.name))

    def save_values(self, path: Path) -> None:
        self.save_copy(path)
        self.log[-1] = ("save_values", path.name)

    def open(self, path: Path) -> None:
        assert path.exists()
        self.log.append(("open", path.name))

    def reveal(self, path: Path) -> None:
        assert path.exists()
        self.log.append(("reveal", path.name))

    def fit_print(self, sheet: str) -> None:
        assert sheet in self.pages
        assert not self.is_quiet, "what is not calculated yet shows nothing"
        self.log.append(("fit_print", sheet))

    @contextmanager
    def quiet(self) -> Iterator[None]:
        self.is_quiet = True
        try:
            yield
        finally:
            self.is_quiet = False

    def progress(self, text: str | None) -> None:
        self.log.append(("progress", text or ""))

    def message(self, text: str, *, trouble: bool = False) -> None:
        self.messages.append((text, trouble))


def pressed(book: MemoryBook, lang: Any = "ja", button: str = "refresh") -> MemoryBook:
    """Press a button and return the book."""
    held: Book = book  # the double is a Book, as mypy sees it
    dispatch.press(button, held, lang)
    return book
