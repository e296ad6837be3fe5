"""The run store: a stored run comes back number for number, keeps what its definition says, and is logged."""

from __future__ import annotations

import json
import os
import stat
import sys
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from helpers.builders import golden, portfolio_of
from helpers.portfolios import BOOK_CUSTOMERS
from helpers.runs_of_two_reviews import EARLIER_ORDERS, earlier, later, review
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.cleaning.tables import Source, Tables
from engine.definition.definition import Definition
from engine.language.errors import Finding, Refusal
from engine.runs import runs, store
from engine.runs.store import audit, content, frames, layout, masking, migrate, write
from engine.scoring import scoring
from engine.scoring.alerts import Alert, Facts
from engine.scoring.levels import AxisScores
from engine.scoring.portfolio import Portfolio
from engine.scoring.schemes import Assignment
from engine.scoring.scoring import run_hash, score

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path / "store"))
    runs.forget_all()
    masking._key_of.cache_clear()
    return tmp_path / "store"


def kept(word: str) -> Definition:
    return Definition.from_rows([("store.keep", word)])


def back(portfolio: Portfolio) -> Portfolio:
    """Return a portfolio through the files, without a disk."""
    return content.unpack(migrate.migrate(layout.LAYOUT, content.pack(portfolio)))


def same(one: Portfolio, other: Portfolio) -> None:
    """Compare two portfolios number for number, kinds of columns and missing values included."""
    for name in ("handle", "hash", "as_of", "tier", "purpose", "definition", "alerts", "cuts", "notes", "newest"):
        assert getattr(one, name) == getattr(other, name), name
    pd.testing.assert_frame_equal(one.frame, other.frame)
    for field in fields(Tables):
        left, right = (getattr(each.tables, field.name) for each in (one, other))
        if isinstance(left, pd.DataFrame):
            pd.testing.assert_frame_equal(left, right)
        else:
            assert left == right, field.name
    for axis in one.axes:
        for field in fields(one.axes[axis]):
            np.testing.assert_array_equal(getattr(one.axes[axis], field.name), getattr(other.axes[axis], field.name))
    assert list(one.assignments) == list(other.assignments)
    for scheme, assignment in one.assignments.items():
        for field in fields(assignment):
            left, right = (getattr(each.assignments[scheme], field.name) for each in (one, other))
            if isinstance(left, np.ndarray):
                np.testing.assert_array_equal(left, right)
            elif field.name == "scores":
                assert {name: each.tolist() for name, each in left.items()} == {
                    name: each.tolist() for name, each in right.items()
                }
            else:
                assert left == right, (scheme, field.name)
    np.testing.assert_array_equal(one.strategies, other.strategies)
    np.testing.assert_array_equal(one.group_of, other.group_of)
    assert [rule["when"] for rule in one.definition.rules("strategy")] == [
        rule["when"] for rule in other.definition.rules("strategy")
    ]


# ---- there and back ---------------------------------------------------------------------------------------------------


STORED: dict[type, str] = {
    Portfolio: "handle hash as_of tier purpose definition tables frame axes assignments strategies group_of alerts",
    AxisScores: "axis metrics weights values contributions cents coverage levels typed",
    Assignment: "segments cuts notes refused scores",
    Alert: (
        "code kind value limit verdict culprits cause_rule clear_rules facts item measure display threshold cause clear source"
    ),
    Facts: "amounts shares numbers words customers",
    Source: "table source sha256 read_at rows_read rows_used newest rows_partly",
    Finding: "severity code table source row column value reason",
}


@pytest.mark.parametrize("kind", STORED)
def test_every_field_is_stored_and_a_new_one_calls_for_a_new_layout(kind: Any) -> None:
    """Whoever adds a field must teach `engine.runs.store.content` to keep it, and `migrate` what older runs have in its place."""
    made_anew = {"forecast"}  # its columns are kept in the scored table
    assert [field.name for field in fields(kind) if field.init and field.name not in made_anew] == STORED[kind].split()


def test_every_clean_table_is_stored_and_what_is_no_table_is_known() -> None:
    plain = {"findings", "sources", "currency", "digits", "kept"}
    assert {field.name for field in fields(Tables)} - plain == set(content.frames_of(golden().tables))
    assert all(
        isinstance(table, pd.DataFrame) or table is None for table in content.frames_of(secret().tables).values()
    )


@pytest.mark.parametrize("make", [golden, earlier, later])
def test_a_stored_run_comes_back_number_for_number(folder: Path, make: Callable[[], Portfolio]) -> None:
    portfolio = make()
    assert runs.keep(portfolio) == portfolio.handle
    runs.forget_all()
    same(portfolio, runs.recall(portfolio.handle))


def test_a_run_from_before_the_facts_of_its_tests_is_read(folder: Path) -> None:
    """Layout 3 kept sentences only; whom a cause names follows from the test, and the sentences are as they were."""
    portfolio = golden()
    parts = content.pack(portfolio)
    document = json.loads(parts[content.RUN])
    facts = {"kind", "limit", "cause_rule", "clear_rules", "facts"}
    document["alerts"] = [
        {name: each for name, each in alert.items() if name not in facts} for alert in document["alerts"]
    ]
    loaded = content.unpack(migrate.migrate(3, {**parts, content.RUN: layout.plain_json(document)}))
    for old, new in zip(loaded.alerts, portfolio.alerts, strict=True):
        assert (old.cause, old.clear, old.display, old.kind) == (new.cause, new.clear, new.display, new.kind)
        assert old.names_culprits == new.names_culprits
        assert old.limit is None


CELLS = st.one_of(
    st.none(),
    st.text(max_size=4),
    st.integers(-(10**12), 10**12),
    st.floats(allow_infinity=False),
    st.booleans(),
    st.datetimes().map(lambda moment: moment.replace(fold=0)),
    st.dates(),
    st.times().map(lambda hour: hour.replace(fold=0)),
)


@st.composite
def portfolios(draw: st.DrawFn) -> Portfolio:
    """A few customers with a user's own column of anything, and orders."""
    count = draw(st.integers(1, 6))
    names = [f"顧客{place}" for place in range(count)]
    customers: dict[str, list[Any]] = {
        "顧客名": names,
        "業界": draw(st.lists(st.sampled_from(["製造", "IT", ""]), min_size=count, max_size=count)),
        "リスク": draw(st.lists(st.sampled_from(["高", "低", ""]), min_size=count, max_size=count)),
        "与信枠": draw(st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=count, max_size=count)),
        "備考": draw(st.lists(CELLS, min_size=count, max_size=count)),
    }
    lines = draw(
        st.lists(
            st.tuples(st.sampled_from(names), st.dates(date(2024, 1, 1), date(2026, 3, 31)), st.integers(-99, 10**7)),
            max_size=12,
        )
    )
    orders = (
        None if not lines else dict(zip(("顧客名", "取引日", "金額"), map(list, zip(*lines, strict=True)), strict=True))
    )
    return portfolio_of(customers, orders, as_of=date(2026, 3, 31))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(portfolios())
def test_any_portfolio_comes_back_number_for_number(portfolio: Portfolio) -> None:
    same(portfolio, back(portfolio))


@settings(max_examples=80)
@given(st.lists(CELLS, max_size=8))
def test_any_column_of_cells_comes_back_cell_for_cell(cells: list[Any]) -> None:
    frame = pd.DataFrame({"備考": pd.Series(list(cells), dtype=object)})
    written, specs = frames.to_parquet(frame)
    found = frames.from_parquet(written, specs)["備考"].tolist()
    assert [repr(each) for each in found] == [repr(each) for each in cells]
    assert list(map(type, found)) == list(map(type, cells))


def test_half_a_character_and_a_foreign_kind_of_cell_do_not_stop_the_store() -> None:
    frame = pd.DataFrame({"備考": pd.Series(["a\ud800", None], dtype=object), "型": pd.Series([1j, "x"], dtype=object)})
    found = frames.from_parquet(*frames.to_parquet(frame))
    assert found["備考"].tolist() == ["a\ud800", None]
    assert found["型"].tolist() == ["1j", "x"]  # kept as it reads


def test_an_old_run_stays_as_it_was_after_the_scoring_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portfolio = later()
    runs.keep(portfolio)
    runs.forget_all()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("scored again")

    monkeypatch.setattr(scoring, "SCORING", "newer")
    monkeypatch.setattr(scoring, "score_axes", never)
    loaded = runs.recall(portfolio.handle)
    same(portfolio, loaded)
    assert run_hash(loaded.tables, loaded.definition, loaded.as_of) != loaded.hash  # a new run would be another


def test_a_definition_that_the_program_does_not_know_any_more_is_restored_as_it_was(folder: Path) -> None:
    definition = Definition.from_whole_toml(golden().definition.to_toml() + "\n[old.entry]\nvalue = 1\nunit = { ja = '', en = '' }\n"
                                            "source = { ja = '', en = '' }\n")  # fmt: skip
    portfolio = portfolio_of({"顧客名": ["A"], "年間売上": [100]}, as_of=date(2026, 1, 1), definition=definition)
    runs.keep(portfolio)
    runs.forget_all()
    assert runs.recall(portfolio.handle).definition.value("old.entry") == 1


# ---- handles ----------------------------------------------------------------------------------------------------------


def test_the_same_run_is_stored_once(folder: Path) -> None:
    for _ in range(3):
        store.store_run(golden())
    (entry,) = store.entries()
    assert entry.manifest is not None
    assert entry.manifest.handle == golden().handle
    assert len(audit.records()) == 3


def test_a_handle_is_found_by_its_digits_and_refused_where_two_begin_alike(folder: Path) -> None:
    one = golden()
    other = replace(one, hash=one.hash[:6] + "0" * 58)
    for run in (one, other):
        store.store_run(run)
    with pytest.raises(Refusal) as caught:
        store.find_folder(one.handle)
    assert caught.value.kind == "argument"
    longer = f"PF-20260930-{one.hash[:10]}"
    assert runs.recall(longer).hash == one.hash
    for nonsense in ("PF-", "PF-2026", "*", "../x", "PF-20260930-zzzzzz", "PF-20260930-*"):
        assert store.find_folder(nonsense) is None


def test_a_missing_run_is_looked_for_once_until_something_is_stored(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    real = store.find_folder

    def counted(handle: str) -> Path | None:
        looked.append(handle)
        return real(handle)

    monkeypatch.setattr(store, "find_folder", counted)
    for _ in range(5):
        with pytest.raises(Refusal) as caught:
            runs.recall(golden().handle)
        assert caught.value.kind == "no_run"
    assert len(looked) == 1
    store.store_run(golden())
    assert runs.recall(golden().handle).hash == golden().hash


def test_the_store_lies_in_the_folder_of_the_operating_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PORTFOLIO_RUNS")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for system, variable, below in (
        ("linux", "XDG_DATA_HOME", ".local/share"),
        ("win32", "LOCALAPPDATA", "AppData/Local"),
        ("darwin", "", "Library/Application Support"),
    ):
        monkeypatch.setattr(sys, "platform", system)
        for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
            monkeypatch.delenv(name, raising=False)
        assert layout.root() == tmp_path / below / "customer-portfolio"
        if variable:
            monkeypatch.setenv(variable, str(tmp_path / "own"))
            assert layout.root() == tmp_path / "own" / "customer-portfolio"


# ---- the run before ---------------------------------------------------------------------------------------------------


def test_the_run_before_is_the_nearest_earlier_one_of_the_same_customers(folder: Path) -> None:
    now, then = later(), earlier()
    assert runs.previous(now) is None
    stranger = portfolio_of(
        {"顧客名": ["別会社"]}, {"顧客名": ["別会社"], "取引日": ["2025-12-01"], "金額": [1]}, as_of=date(2025, 12, 31)
    )
    for run in (stranger, now, then):
        runs.keep(run)
    runs.forget_all()
    found = runs.previous(now)
    assert found is not None
    assert found.hash == then.hash
    assert runs.previous(found) is None


def test_of_one_day_the_run_that_was_stored_last_is_the_one_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrected = review(BOOK_CUSTOMERS, [*EARLIER_ORDERS[:-1], [*EARLIER_ORDERS[-1][:2], 1.0, 1.0]])
    assert corrected.as_of == earlier().as_of
    for hour, run in enumerate((earlier(), corrected)):
        monkeypatch.setattr(write, "datetime", _Clock(datetime(2026, 1, 1, hour, tzinfo=UTC)))
        runs.keep(run)
    found = runs.previous(later())
    assert found is not None
    assert found.hash == corrected.hash
    in_a_cell = review(BOOK_CUSTOMERS, [*EARLIER_ORDERS[:-1], [*EARLIER_ORDERS[-1][:2], 2.0, 1.0]])
    runs.remember(in_a_cell)  # scored, but never stored: it stands behind
    assert runs.previous(later()) is found


class _Clock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self, _zone: object) -> datetime:
        return self.moment


def test_a_damaged_earlier_run_is_passed_over(folder: Path) -> None:
    runs.keep(earlier())
    runs.forget_all()
    (entry,) = store.entries()
    (entry.folder / "orders.parquet").write_bytes(b"")
    assert runs.previous(later()) is None


# ---- personal data ----------------------------------------------------------------------------------------------------

SECRETS = [
    "秘密商事",
    "S-77001",
    "佐藤花子",
    "ヒミツショウジ",
    "7010401000001",
    "A-9001",
    "内緒のメモ",
    "極秘の話",
    "電話090",
]


def secret(definition: Definition | None = None) -> Portfolio:
    """A portfolio whose every name, ID, owner and free text is a secret."""
    customers = {
        "顧客ID": ["S-77001", "S-77002"],
        "顧客名": ["株式会社秘密商事", "株式会社某商店"],
        "カナ": ["ヒミツショウジ", "ナニガシ"],
        "法人番号": ["7010401000001", ""],
        "親ID": ["S-77002", ""],
        "業界": ["製造", "IT"],
        "担当": ["佐藤花子", ""],
        "戦略": ["内緒のメモ", ""],
        "電話": ["電話090", ""],
        "受注確率": ["高", "30%"],
        "想定取引額": [100, 200],
    }
    orders = {
        "顧客ID": ["S-77001", "S-77001", "S-77002", "S-88888"],
        "取引日": ["2026-01-10", "2026-02-10", "2026-03-10", "2026-03-11"],
        "金額": [900_000, 800_000, 100_000, 5],
        "取引ID": ["A-9001", "A-9002", "A-9003", "A-9004"],
    }
    contacts = {"顧客ID": ["S-77001"], "日付": ["2026-03-01"], "内容": ["極秘の話"], "種別": ["クレーム"]}
    return portfolio_of(customers, orders, date(2026, 3, 31), definition, contacts=contacts)


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() + path.name.encode() for path in folder.rglob("*") if path.is_file())


def test_all_of_a_run_is_kept_unless_the_definition_says_otherwise(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "COMPRESSION", None)
    store.store_run(secret())
    assert all(each.encode() in bytes_below(folder) for each in SECRETS)


def test_nothing_raw_is_left_in_any_byte_where_pseudonyms_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "COMPRESSION", None)
    portfolio = secret(kept("pseudonyms"))
    store.store_run(portfolio)
    there = bytes_below(folder)
    for each in (*SECRETS, "S-77002", "S-88888", "某商店"):
        assert each.encode() not in there, each
        assert json.dumps(each)[1:-1].encode() not in there, each
    runs.forget_all()
    loaded = runs.recall(portfolio.handle)
    assert loaded.tables.kept == "pseudonyms"
    numbers = [name for name in loaded.frame.columns if loaded.frame[name].dtype.kind in "iufM"]
    pd.testing.assert_frame_equal(loaded.frame[numbers], portfolio.frame[numbers])
    assert [alert.verdict for alert in loaded.alerts] == [alert.verdict for alert in portfolio.alerts]
    again = score(loaded.tables, loaded.definition, loaded.as_of)
    for name in [each for each in portfolio.frame.columns if each.startswith(("score_", "segment_", "level_"))]:
        assert again.frame[name].equals(portfolio.frame[name]), name
    assert loaded.frame["complaints"].tolist() == [1, 0]
    assert loaded.group_of.tolist() == portfolio.group_of.tolist()  # the parent is found by its pseudonym


def test_pseudonyms_leave_every_metric_and_every_table_but_a_users_own_columns(folder: Path) -> None:
    portfolio = portfolio_of(
        {"顧客ID": ["a", "b"], "顧客名": ["A", "B"], "備考": ["x", "y"], "担当": ["甲", "乙"]},
        {
            "顧客ID": ["a", "b"],
            "取引日": ["2026-01-01", "2026-02-01"],
            "金額": [9, 2],
            "原価": [1, 1],
            "商品": ["p", "q"],
        },
        date(2026, 3, 31),
        contacts={"顧客ID": ["a"], "日付": ["2026-01-05"], "内容": ["t"], "種別": ["訪問"], "時間": [2]},
        surveys={"顧客ID": ["a"], "回答日": ["2026-01-05"], "項目": ["NPS"], "点数": [9]},
        costs={"顧客ID": ["a"], "日付": ["2026-01-05"], "費目": ["獲得"], "チャネル": ["Web"], "金額": [5]},
        products={"商品": ["p"], "分類": ["k"], "定価": [3], "粗利率": ["30%"]},
        leads={"獲得日": ["2026-01-05"], "チャネル": ["Web"], "成約日": ["2026-02-01"]},
        plans={"顧客ID": ["a"], "目標": ["g"], "キーパーソン": ["甲"], "リスク": ["r"]},
        actions={"起票日": ["2026-01-05"], "顧客ID": ["a"], "内容": ["t"], "担当": ["甲"], "状況": ["完了"]},
        benchmarks={"比較先": ["X社"], "指標": ["NRR"], "値": ["98%"], "出典": ["s"], "時点": ["2026-01-05"]},
    )
    hidden = masking.mask(portfolio, "pseudonyms")
    for name, table in content.frames_of(portfolio.tables).items():
        masked = content.frames_of(hidden.tables)[name]
        assert table is not None
        assert masked is not None
        assert set(table.columns) - set(masked.columns) == ({"備考"} if name == "customers" else set())
    again = score(hidden.tables, hidden.definition, hidden.as_of)
    for name in set(again.frame.columns) - {"customer_id", "name", "owner"}:
        assert again.frame[name].equals(portfolio.frame[name]), name


def test_pseudonyms_are_the_same_in_every_run_of_a_store_and_others_elsewhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = masking.pseudonym("customer_id", "S-77001")
    assert masking.pseudonym("parent_id", "S-77001") == one
    assert masking.pseudonym("name", "S-77001") != one
    masking._key_of.cache_clear()
    assert masking.pseudonym("customer_id", "S-77001") == one
    mode = stat.S_IMODE(layout.key_file().stat().st_mode)
    assert mode == 0o600 or os.name == "nt"
    monkeypatch.setenv("PORTFOLIO_RUNS", str(tmp_path / "other"))
    assert masking.pseudonym("customer_id", "S-77001") != one


def test_only_the_scored_table_is_left_where_no_more_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "COMPRESSION", None)
    portfolio = secret(kept("scored"))
    store.store_run(portfolio)
    there = bytes_below(folder)
    for each in ("A-9001", "極秘の話", "S-88888"):  # order lines, contacts, and cells that findings quote from them
        assert each.encode() not in there, each
    runs.forget_all()
    loaded = runs.recall(portfolio.handle)
    pd.testing.assert_frame_equal(loaded.frame, portfolio.frame)
    assert loaded.orders is None
    assert loaded.newest == portfolio.newest  # its age is known all the same
    assert loaded.reconciliation.equals(portfolio.reconciliation)
    with pytest.raises(Refusal, match="採点結果だけ"):
        score(loaded.tables, loaded.definition, loaded.as_of)


def test_another_word_for_what_is_kept_is_refused(folder: Path) -> None:
    with pytest.raises(Refusal, match=r"store\.keep"):
        store.store_run(secret(kept("some")))


def test_runs_with_and_without_pseudonyms_can_be_matched(folder: Path) -> None:
    hidden = earlier(kept("pseudonyms"))
    runs.keep(hidden)
    runs.forget_all()
    found = runs.previous(later())
    assert found is not None
    assert found.tables.kept == "pseudonyms"


# ---- the audit log ----------------------------------------------------------------------------------------------------


def logged(count: int) -> list[bytes]:
    for number in range(count):
        audit.append("score", f"PF-20260101-00000{number}", f"{number}" * 64, "佐藤")
    return audit.log_file().read_bytes().splitlines(keepends=True)


def test_the_log_says_who_did_what_when_with_which_run(folder: Path) -> None:
    logged(2)
    first, second = audit.records()
    assert (first.who, first.what, first.run, first.hash) == ("佐藤", "score", "PF-20260101-000000", "0" * 64)
    assert datetime.fromisoformat(first.when) <= datetime.fromisoformat(second.when)
    report = audit.verify()
    assert (report.lines, report.troubles, report.notes) == (2, (), ())


@pytest.mark.parametrize(
    ("tamper", "trouble"),
    [
        (lambda lines: [lines[0], lines[1].replace(b"score", b"prune"), *lines[2:]], "line before line 3"),
        (lambda lines: [lines[0], *lines[2:]], "line before line 2"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "line before line 1"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], "line before line 2"),
        (lambda lines: lines[:-1], "lines at the end"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b"score", b"prune")], "lines at the end"),
        (lambda lines: [lines[0], b"nonsense\n", *lines[1:]], "line 2 cannot be read"),
        (lambda _: [], "lines at the end"),
    ],
)
def test_a_changed_log_is_noticed(folder: Path, tamper: Callable[[list[bytes]], list[bytes]], trouble: str) -> None:
    lines = logged(4)
    audit.log_file().write_bytes(b"".join(tamper(lines)))
    assert any(trouble in text.en for text in audit.verify().troubles)


def test_a_log_without_its_counterpart_is_noticed(folder: Path) -> None:
    logged(1)
    (layout.root() / "audit.head").unlink()
    assert "audit.head" in audit.verify().troubles[0].en


def test_a_process_that_died_between_line_and_counterpart_is_no_tampering(folder: Path) -> None:
    logged(1)
    head = (layout.root() / "audit.head").read_bytes()
    logged(1)
    (layout.root() / "audit.head").write_bytes(head)
    assert audit.verify().troubles == ()


# ---- pruning ----------------------------------------------------------------------------------------------------------


def test_a_run_whose_time_is_over_is_deleted_but_never_the_newest(folder: Path) -> None:
    short = Definition.from_rows([("store.retention_days", 30)])
    endless = Definition.from_rows([("store.retention_days", 0)])
    for run in (earlier(short), earlier(endless), later(short)):
        store.store_run(run)
    now = datetime.now(UTC)
    assert store.expired(now) == ()
    doomed = store.expired(now + timedelta(days=31))
    assert [entry.handle for entry in doomed] == [earlier(short).handle]
    assert len(store.expired(now + timedelta(days=31), days=7)) == 2  # the newest stays
    store.prune(doomed)
    assert {entry.handle for entry in store.entries()} == {earlier(endless).handle, later(short).handle}
    assert audit.records()[-1].what == "prune"
    assert audit.records()[-1].hash == earlier(short).hash
    assert not audit.verify().troubles
