"""What hosts hand over becomes plain values, and nothing that goes wrong gets past the guard."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from helpers.portfolios import THREE, moment
from hypothesis import given
from hypothesis import strategies as st

from addin.functions import registry
from addin.functions.cells import answer, as_block, as_cell, words_of
from addin.functions.registry import Argument, WorksheetFunction
from engine.language import incidents
from engine.language.errors import Refusal, Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from addin.functions.registry import Caller


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a way to put a function of the test's own into the register, for as long as the test runs."""

    def add(call: Callable[..., object], kind: Any = "word", *, optional: bool = True) -> None:
        argument = Argument("given", kind, Text("値", "given"), "値", "a value", optional)
        trial = WorksheetFunction("PORTFOLIO_TRIAL", Text("組", "group"), "試し", "a trial", (argument,), call)
        monkeypatch.setattr(registry, "functions", lambda: (trial,))

    return add


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PORTFOLIO_LOG", str(tmp_path / "logs" / "cells.log"))
    monkeypatch.setattr(incidents, "_written", set())
    return tmp_path / "logs" / "cells.log"


# ---- in --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "cell"),
    [
        (None, None),
        ("", None),
        ("　 ", None),
        ("A社", "A社"),
        (1001.0, 1001.0),
        (True, True),
        (math.nan, None),
        (math.inf, None),
        (pd.NA, None),
        (pd.NaT, None),
        (np.float64(2.5), 2.5),
        (np.int64(7), 7),
        (np.str_("x"), "x"),
        (np.array(3.0), 3.0),
        (np.array([["A"], ["B"]]), "A"),
        (np.datetime64("2026-03-31"), moment(2026, 3, 31)),
        (np.datetime64("2026-03-31", "ns"), moment(2026, 3, 31)),
        (np.datetime64("NaT", "s"), None),
        (pd.Timestamp("2026-03-31 10:00", tz="Asia/Tokyo"), moment(2026, 3, 31, 10)),
        (datetime(2026, 3, 31, tzinfo=UTC), moment(2026, 3, 31)),
        ([], None),
        ([[]], None),
        ((("A", "B"),), "A"),
        ([[None]], None),
    ],
)
def test_a_single_cell_in_any_clothes(given: object, cell: object) -> None:
    found = as_cell(given)
    assert found == cell
    assert type(found) is type(cell)


@pytest.mark.parametrize(
    ("given", "block"),
    [
        ("A", [["A"]]),
        (("A", "B"), [["A"], ["B"]]),
        ((("A", "B"),), [["A", "B"]]),
        ([["A"], ["B", 1.0]], [["A", None], ["B", 1.0]]),
        (np.array([[1.0, 2.0]]), [[1.0, 2.0]]),
        (pd.DataFrame({"a": ["x"], "b": [pd.NA]}), [["x", None]]),
        (pd.Series(["x", "y"]), [["x"], ["y"]]),
        ([["", " ", math.nan]], [[None, None, None]]),
        (None, None),
        ([], None),
        (((),), None),
    ],
)
def test_a_range_in_any_clothes(given: object, block: object) -> None:
    assert as_block(given) == block


def test_a_list_that_holds_itself_ends() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert as_cell(endless) is None


@pytest.mark.parametrize("empty", [None, "", "  ", 0.0, 0, False, [[""]], [[None]], np.nan, [[0.0]]])
def test_an_empty_cell_counts_as_left_out_where_a_word_is_wanted(play: Callable[..., None], empty: object) -> None:
    play(lambda given=None, *, caller: "left out" if given is None else repr(given))
    assert answer("PORTFOLIO_TRIAL", [empty]) == "left out"
    assert answer("PORTFOLIO_TRIAL", []) == "left out"


@pytest.mark.parametrize("kind", ["table", "names", "word", "words", "run"])
def test_a_required_argument_is_asked_for_by_name(play: Callable[..., None], kind: str) -> None:
    play(lambda given, *, caller: "never", kind, optional=False)
    assert answer("PORTFOLIO_TRIAL", []) == "#PF 引数: 「値」を指定してください"
    assert answer("PORTFOLIO_TRIAL", [None], lang="en") == '#PF Argument: please give the argument "given"'


def test_customers_keep_their_shape_and_an_empty_cell_stays_empty(play: Callable[..., None]) -> None:
    seen: list[object] = []

    def note(given: object, *, caller: Caller) -> str:
        seen.append(given)
        return "noted"

    play(note, "names", optional=False)
    for value in ("A", [["A"]], (("A",),), [["A"], ["B"]], (("A", "B"),), ["A", "B"], [[1.0], [""]], "", 0.0):
        answer("PORTFOLIO_TRIAL", [value])
    assert seen == ["A", "A", "A", [["A"], ["B"]], [["A", "B"]], [["A"], ["B"]], [[1.0], [None]], "", ""]


def test_words_come_from_one_text_or_a_range(play: Callable[..., None]) -> None:
    play(lambda given=(), *, caller: [words_of(given)], "words")
    for value in (
        "売上,構成比",
        "売上、構成比",
        "売上・構成比",
        "売上;構成比",
        [["売上"], ["構成比"]],
        (("売上", "構成比", ""),),
    ):
        assert answer("PORTFOLIO_TRIAL", [value]) == [["売上", "構成比"]]


def test_too_many_arguments_and_an_unknown_function(play: Callable[..., None]) -> None:
    assert answer("PORTFOLIO_STRATEGY", ["A", "PF-1", 3]) == "#PF 引数: 引数が多すぎます(最大2個)"
    assert str(answer("PORTFOLIO_NOTHING", [])).startswith("#PF 引数: 関数「PORTFOLIO_NOTHING」はありません")
    assert str(answer(17, [])).startswith("#PF 引数: ")  # type: ignore[arg-type]


# ---- out -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (math.nan, ""),
        (math.inf, ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (np.float64(1.5), 1.5),
        (np.int64(3), 3),
        (2**60, str(2**60)),
        (date(2026, 3, 31), moment(2026, 3, 31)),
        (pd.Timestamp("2026-03-31"), moment(2026, 3, 31)),
        ("+7.9%", "+7.9%"),
        ("+1,234.5%", "+1,234.5%"),
        ("+7.9%+A1", "'+7.9%+A1"),
        ("=1+1", "'=1+1"),
        ("+81", "'+81"),
        ("-5%", "'-5%"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("-", "-"),
        ("--", "--"),
        ("A=B", "A=B"),
        ("x" * 40_000, "x" * 32_767),
        ([], ""),
        ([[]], ""),
        ([["a"], ["b", math.nan]], [["a", ""], ["b", ""]]),
        (["a", "b"], [["a"], ["b"]]),
        ((("a", None),), [["a", ""]]),
        ([["=1", 1.0]], [["'=1", 1.0]]),
        ([[1.0, math.nan]], [[1.0, ""]]),
        ([[math.inf, -math.inf]], [["", ""]]),
    ],
)
def test_every_answer_is_something_a_cell_can_hold(play: Callable[..., None], value: object, cell: object) -> None:
    play(lambda given=None, *, caller: value)
    found = answer("PORTFOLIO_TRIAL", [])
    assert found == cell
    assert type(found) is type(cell)


def test_dates_are_serial_numbers_where_the_host_counts_days(play: Callable[..., None]) -> None:
    play(lambda given=None, *, caller: [[date(2026, 3, 31), moment(2026, 3, 31, 18)]])
    assert answer("PORTFOLIO_TRIAL", [], dates="serial") == [[46112.0, 46112.75]]
    assert answer("PORTFOLIO_TRIAL", [], dates="serial", date1904=True) == [[44650.0, 44650.75]]


# ---- the guard -------------------------------------------------------------------------------------------------------


def test_a_refusal_is_worded_in_the_users_language(play: Callable[..., None]) -> None:
    def refuse(given: object = None, *, caller: Caller) -> object:
        raise Refusal("too_little_data", "足りません", "too little")

    play(refuse)
    assert answer("PORTFOLIO_TRIAL", []) == "#PF データ不足: 足りません"
    assert answer("PORTFOLIO_TRIAL", [], lang="en") == "#PF Too little data: too little"
    assert answer("PORTFOLIO_TRIAL", [], lang="fr") == "#PF データ不足: 足りません"  # type: ignore[arg-type]


def test_an_internal_error_is_one_line_with_a_record_and_no_personal_data(play: Callable[..., None], log: Path) -> None:
    def fail(given: object = None, *, caller: Caller) -> object:
        raise KeyError(f"秘密商事 {given}")

    play(fail)
    found = [str(answer("PORTFOLIO_TRIAL", ["秘密商事"])) for _ in range(3)]
    assert len(set(found)) == 1
    assert found[0].startswith("#PF 内部: ")
    number = found[0].rpartition("記録番号 ")[2].rstrip(")")
    written = log.read_text(encoding="utf-8")
    assert written.count(f" {number} KeyError in PORTFOLIO_TRIAL(str)") == 1
    assert "test_addin_cells.py" in written
    assert "秘密" not in written
    assert "Traceback" not in found[0]


def test_a_log_that_cannot_be_written_does_not_cost_the_message(
    play: Callable[..., None], log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.parent.write_text("a file where the folder should be")
    play(lambda given=None, *, caller: 1 // 0)
    assert str(answer("PORTFOLIO_TRIAL", [])).startswith("#PF 内部: ")


def test_a_full_log_is_put_aside_once(log: Path, play: Callable[..., None]) -> None:
    log.parent.mkdir()
    log.write_text("x" * (incidents.LONGEST_LOG + 1))
    play(lambda given=None, *, caller: 1 // 0)
    answer("PORTFOLIO_TRIAL", [])
    assert log.stat().st_size < 5_000
    assert log.with_suffix(".old.log").stat().st_size > incidents.LONGEST_LOG


@pytest.mark.parametrize("run", [None, "", 0.0, [[""]], 17.0])
def test_without_a_run_the_cell_says_to_refresh(run: object) -> None:
    for pf_run in (None, "", 0.0, " "):
        assert str(answer("PORTFOLIO_SEGMENT", ["A", None, run], pf_run)).startswith("#PF 実行なし: 更新してください")


def test_the_workbooks_run_is_used_where_none_is_given() -> None:
    handle = answer("PORTFOLIO_RUN", [THREE])
    other = answer("PORTFOLIO_RUN", [THREE[:3]])
    assert answer("PORTFOLIO_STATUS", ["件数"], handle) == "顧客 3"
    assert answer("PORTFOLIO_STATUS", ["件数", ""], handle) == "顧客 3"
    assert answer("PORTFOLIO_STATUS", ["件数", other], handle) == "顧客 2"
    assert answer("PORTFOLIO_STATUS", ["件数", f" {other} "], handle) == "顧客 2"


def test_the_message_of_a_failed_run_is_passed_on() -> None:
    failed = answer("PORTFOLIO_RUN", [[["何か"], ["x"]]])
    assert str(failed).startswith("#PF 列なし: ")
    assert answer("PORTFOLIO_SEGMENT", ["A"], failed) == failed
    assert answer("PORTFOLIO_SEGMENT", ["A", None, failed], "PF-1") == failed


# ---- whatever comes --------------------------------------------------------------------------------------------------

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["株式会社A", "リスク", "表", "値のみ", "RFM", "売上", "業界", "#PF x", "A社", "標準", "HHI", "重大"]
    ),
    st.binary(max_size=4),
    st.datetimes(),
    st.dates(),
    st.complex_numbers(),
    st.just(pd.NA),
    st.just(np.datetime64("NaT", "s")),
    st.builds(object),
)
junk = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.tuples(inner, inner)), max_leaves=12
)
NAMES = [function.name for function in registry.functions()]


@pytest.mark.usefixtures("log")
class TestJunk:
    @given(
        name=st.one_of(st.sampled_from(NAMES), st.text(max_size=5)),
        args=st.lists(junk, max_size=5),
        pf_run=st.one_of(junk, st.just("three")),
        lang=st.sampled_from(["ja", "en", "xx"]),
        dates=st.sampled_from(["datetime", "serial"]),
        date1904=st.booleans(),
    )
    def test_answer_never_raises_and_fits_a_cell(
        self, name: str, args: list[object], pf_run: object, lang: Any, dates: Any, date1904: bool
    ) -> None:
        run = answer("PORTFOLIO_RUN", [THREE]) if isinstance(pf_run, str) and pf_run == "three" else pf_run
        found = answer(name, args, run, lang, dates=dates, date1904=date1904)
        rows = found if isinstance(found, list) else [[found]]
        assert rows
        assert len({len(row) for row in rows}) == 1
        for row in rows:
            for cell in row:
                assert isinstance(cell, (str, float, int, datetime))
                assert cell == cell
                assert not isinstance(cell, str) or (len(cell) <= 32_767 and "Traceback" not in cell)
        if dates == "serial":
            json.dumps(found, allow_nan=False)

    def test_junk_is_refused_and_not_an_internal_error(self) -> None:
        run = answer("PORTFOLIO_RUN", [THREE])
        for name in NAMES:
            for junk in (object(), b"\xff", 1j, [[object()]], date(1, 1, 1)):
                for place in range(3):
                    args: list[object] = ["A", None, None]
                    args[place] = junk
                    assert "内部" not in str(answer(name, args[: place + 1], run)), (name, junk, place)
