"""`Book` over a workbook that is open in LibreOffice Calc.

The engine works in a process of its own, so each step is asked for through the worker's pipe and done on the document by
`addin/packaging/oxt/bridge/pythonpath/portfolio_book.py`: out goes `{"book": verb, "args": […]}`, back comes `{"value": …}`, or
`{"error": …}`. A date crosses as `{"d": "2026-03-31T00:00:00"}`.

Decision 0186: what of a workbook is different in Calc.
"""

from __future__ import annotations

import contextlib
import json
import math
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from addin.calc.answering import reply
from addin.ribbon import dispatch
from addin.shared.book import Block, Formula, Named, Selection
from addin.tab.tab import TAB
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from addin.shared.book import Book, Cell, Chart
    from engine.language.errors import Lang

_REFUSED: Final = {
    "protected": Text(
        "シート「{}」は保護されています。保護を外してからもう一度押してください",
        'the sheet "{}" is protected; unprotect it and press again',
    ),
    "below": Text(
        "シート「{}」の表のすぐ下に別の内容があり、行を足せません。表の下を空けてください",
        'the sheet "{}" holds other content right below its table, so no rows can be added; make room below it',
    ),
    "save": Text(
        "「{}」へ保存できません。開いていないか、書き込める場所かを確かめるか、別の名前にしてください",
        'cannot save to "{}"; see that it is not open and the place can be written to, or choose another name',
    ),
    "open": Text("「{}」を Calc で開けません", 'Calc cannot open "{}"'),
    "reveal": Text(
        "「{}」を開くプログラムがこのコンピューターにありません。ファイルは出来ています",
        'this computer has no program to open "{}" with; the file is there',
    ),
}


class HostError(RuntimeError):
    """Calc could not do what was asked of it; the text is the kind of its error only, never a cell's content."""


class Pipe:
    """The conversation with the component in LibreOffice while a button is at work."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies

    def ask(self, verb: str, *args: object) -> Any:
        """Have one step done and return its outcome; cells that Calc calculates meanwhile are answered.

        Raises
        ------
        Refusal
            When Calc cannot do it for a reason that the user can mend.
        KeyError
            When there is no such name or sheet.
        HostError
            When Calc fails.
        EOFError
            When LibreOffice has closed.
        """
        self.tell({"book": verb, "args": args})
        while True:
            line = self._requests.readline()
            if not line:
                raise EOFError
            message = json.loads(line)
            if isinstance(message, list):
                reply(message, self._replies)
            elif "error" in message:
                raise _make_calc_error(message["error"], message.get("about", ""))
            else:
                return message["value"]

    def tell(self, message: dict[str, object]) -> None:
        """Write one line."""
        self._replies.write(json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n")
        self._replies.flush()


def _make_calc_error(kind: str, about: str) -> Exception:
    if kind in _REFUSED:
        text = _REFUSED[kind]
        return Refusal("unreadable" if kind == "open" else "unwritable", text.ja.format(about), text.en.format(about))
    return KeyError(about) if kind == "missing" else HostError(kind)


def press(button: str, lang: Lang, requests: BinaryIO, replies: BinaryIO) -> None:
    """Do what a button says on the workbook at the other end of the pipe, and say when it is done; never raises."""
    pipe = Pipe(requests, replies)
    held: Book = CalcBook(pipe, lang)
    # The document was closed under the button: there is nobody left to tell.
    with contextlib.suppress(EOFError, HostError):
        dispatch.press(button, held, lang)
    with contextlib.suppress(BrokenPipeError):
        pipe.tell({"pressed": button})


class CalcBook:
    """`Book` over the document in front.

    Parameters
    ----------
    pipe
        The way to it.
    lang
        Language of what stands on windows.
    """

    def __init__(self, pipe: Pipe, lang: Lang) -> None:
        self._ask = pipe.ask
        self._title = TAB.to(lang)

    @property
    def path(self) -> Path | None:
        """Where the workbook is saved; None while it never was."""
        found = self._ask("path")
        return Path(found) if found else None

    @property
    def date1904(self) -> bool:
        """Whether serial dates count from 1904."""
        return bool(self._ask("date1904"))

    def sheets(self) -> tuple[str, ...]:
        """Return the names of the sheets, from left to right."""
        return tuple(self._ask("sheets"))

    def read(self, sheet: str) -> Block | None:
        """Return the sheet's first database range (which an Excel table becomes), or all that is used of it.

        Rows that were typed right below the range belong to it: Excel's tables grow by themselves, Calc's do not.
        """
        return _read_calc_block(self._ask("read", sheet))

    def write(self, mark: str, sheet: str, rows: Sequence[Sequence[Cell]], formats: Sequence[str] = ()) -> bool:
        """Write a block of our own over the previous one; see `Book.write`.

        False also where a block that became larger would cover what stands beside it.
        """
        return bool(self._ask("write", mark, sheet, _wrap_calc_rows(rows), list(formats)))

    def block(self, mark: str) -> Block | None:
        """Return what stands in our block `mark` now, None when there is none."""
        return _read_calc_block(self._ask("block", mark))

    def chart(self, mark: str, chart: Chart) -> None:
        """Draw a native chart beside our block; one that we drew there before is replaced where it stands."""
        words = [chart.title, chart.x_title, chart.y_title]
        self._ask("chart", mark, chart.kind, words, [list(each) for each in chart.series])

    def fill(self, sheet: str, rows: Sequence[Sequence[Cell]]) -> None:
        """Make an input sheet of these rows, or put them into one that holds nothing; see `Book.fill`."""
        self._ask("fill", sheet, _wrap_calc_rows(rows))

    def contents(self, sheet: str) -> Block | None:
        """Return what was typed into the sheet's table; see `Book.contents`."""
        return _read_calc_block(self._ask("contents", sheet))

    def reshape(self, sheet: str, height: int) -> None:
        """Make the sheet's table `height` rows long; see `Book.reshape`."""
        self._ask("reshape", sheet, height)

    def put_rows(self, sheet: str, row: int, column: int, rows: Sequence[Sequence[object]]) -> None:
        """Write cells as rows, the first at `row` and `column`, both from 1; formats stay."""
        self._ask(
            "put_rows", sheet, row, column, [[_wrap_calc_cell(cast("Cell", cell)) for cell in line] for line in rows]
        )

    def remove(self, sheet: str) -> None:
        """Take away a sheet, without asking."""
        self._ask("remove", sheet)

    def offer(self, mark: str, row: int, column: int, count: int, source: tuple[int, int, int]) -> None:
        """Give cells of our block `mark` a list to choose from; see `Book.offer`."""
        self._ask("offer", mark, row, column, count, list(source))

    def put_at(self, sheet: str, row: int, column: int, value: Cell) -> None:
        """Write into one cell of a sheet; row and column count from 1."""
        self._ask("put_at", sheet, row, column, _wrap_calc_cell(value))

    def named(self, name: str) -> Named | None:
        """Return the cell of that name, None when there is none."""
        found = self._ask("named", name)
        return None if found is None else Named(_read_calc_cell(found["value"]), bool(found["is_formula"]))

    def put(self, name: str, value: Cell) -> None:
        """Write into the cell of that name."""
        self._ask("put", name, _wrap_calc_cell(value))

    def define(self, name: str, mark: str, row: int, column: int) -> None:
        """Give a name to one cell of the block `mark`; row and column count from 0."""
        self._ask("define", name, mark, row, column)

    def rewrite(self, sheet: str, rule: Callable[[str], str | None]) -> tuple[int, int]:
        """Let a rule say anew what the formulas of a sheet say; see `Book.rewrite`.

        Only formulas that name a function of ours cross the pipe.
        """
        found = self._ask("formulas", sheet, "PORTFOLIO_")
        changed = [[place, new] for place, old in found if (new := rule(old)) is not None]
        return cast("tuple[int, int]", tuple(self._ask("rewrite", sheet, changed))) if changed else (0, 0)

    def calculate(self, name: str) -> None:
        """Calculate the formula in the cell of that name, changed or not, and then whatever depends on it."""
        self._ask("calculate", name)

    def selected(self) -> Selection | None:
        """Return what is selected on the sheet in front, of several areas one after another; None when that is no cell."""
        found = self._ask("selected")
        if found is None:
            return None
        cells, lines = (_read_calc_rows(found[part]) for part in ("cells", "lines"))
        return Selection(found["sheet"], cells, lines, found["first_row"], found["column"])

    def show(self, sheet: str, row: int = 1, column: int = 1) -> None:
        """Bring a sheet to the front and select one of its cells; row and column count from 1."""
        self._ask("show", sheet, row, column)

    def ask(self, question: str, suggestion: str = "") -> str | None:
        """Ask the user for a line of text; None when they press Cancel."""
        return cast("str | None", self._ask("ask", self._title, question, suggestion))

    def confirm(self, question: str) -> bool:
        """Ask the user a question to be answered by Yes or No."""
        return bool(self._ask("confirm", self._title, question))

    def choose_files(self, title: str, endings: Sequence[str]) -> tuple[Path, ...]:
        """Let the user choose one or several existing files with one of these endings; none when they cancel."""
        return tuple(map(Path, self._ask("choose_files", title, list(endings)) or ()))

    def choose_place(self, title: str, suggestion: str) -> Path | None:
        """Let the user choose where a new file goes, starting beside the workbook; None when they cancel."""
        found = self._ask("choose_place", title, suggestion)
        return Path(found) if found else None

    def save_copy(self, path: Path) -> None:
        """Save a copy of the workbook as it stands now (.xlsx, .xlsm, .ods or .csv by its ending)."""
        self._ask("save_copy", str(path))

    def save_values(self, path: Path) -> None:
        """Save a copy in which every formula is replaced by its value; formats stay, nothing is linked."""
        self._ask("save_values", str(path))

    def open(self, path: Path) -> None:
        """Open another workbook in Calc."""
        self._ask("open", str(path))

    def reveal(self, path: Path) -> None:
        """Open a finished file in the program that this computer uses for it."""
        self._ask("reveal", str(path))

    def fit_print(self, sheet: str) -> None:
        """End the sheet's print areas with the last row that shows something; see `Book.fit_print`."""
        self._ask("fit_print", sheet)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold drawing and calculation; both are as before afterwards, also after an error."""
        self._ask("hold")
        try:
            yield
        finally:
            self._ask("release")

    def progress(self, text: str | None) -> None:
        """Show a text in the status bar; None gives the bar back to Calc."""
        self._ask("progress", text)

    def message(self, text: str, *, trouble: bool = False) -> None:
        """Show a message box over the document."""
        self._ask("message", self._title, text, trouble)


def _read_calc_block(found: dict[str, Any] | None) -> Block | None:
    return None if found is None else Block(found["sheet"], _read_calc_rows(found["rows"]), *found["at"])


def _read_calc_rows(rows: list[list[object]]) -> tuple[tuple[object, ...], ...]:
    return tuple(tuple(map(_read_calc_cell, row)) for row in rows)


def _read_calc_cell(cell: object) -> object:
    """Return a cell as the engine reads it; a date and a formula come wrapped."""
    if not isinstance(cell, dict):
        return cell
    return Formula(cell["f"]) if "f" in cell else datetime.fromisoformat(cell["d"])


def _wrap_calc_rows(rows: Sequence[Sequence[Cell]]) -> list[list[object]]:
    return [[_wrap_calc_cell(cell) for cell in row] for row in rows]


def _wrap_calc_cell(cell: Cell) -> object:
    """Return a cell as JSON carries it. Calc takes every text as text, so none needs an apostrophe."""
    if isinstance(cell, Formula):
        return {"f": str(cell)}
    if isinstance(cell, date):
        return (
            {"d": datetime.combine(cell, datetime.min.time()).isoformat()}
            if type(cell) is date
            else _wrap_calc_moment(cell)
        )
    scalar = getattr(cell, "item", None)
    plain = cell if scalar is None else scalar()  # NumPy's scalars are no JSON
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def _wrap_calc_moment(cell: date) -> object:
    """Return a date with a time; pandas' NaT is none."""
    text = cast("datetime", cell).replace(tzinfo=None).isoformat()
    return None if text == "NaT" else {"d": text}
