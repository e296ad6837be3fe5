"""Mapping profiles: what is recognised, proposed, left out and listed; the files of tests/cases/exports read without an option."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cleaning.tables import clean
from engine.language.errors import Refusal, Text
from engine.reading.columns import TABLES, columns
from engine.reading.profiles import (
    Lines,
    Profile,
    Wishes,
    apply,
    find,
    fingerprint,
    folder,
    from_toml,
    look_at,
    parse_values,
    parse_where,
    propose,
    ready,
    recognise,
    recognise_grid,
    save,
    saved,
    to_toml,
)
from engine.reading.raw import RawTable, RawTables, raw_from_block
from engine.reading.sources import read_files

if TYPE_CHECKING:
    from collections.abc import Sequence

CASES = Path(__file__).parent / "cases"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((CASES / "profiles.toml").read_text(encoding="utf-8"))
CODES = {"filtered": "filtered_row", "footer": "footer_row", "line": "order_line"}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Saved profiles of a test lie in its own folder."""
    monkeypatch.setenv("PORTFOLIO_PROFILES", str(tmp_path / "profiles"))
    return tmp_path / "profiles"


def rows_of(path: Path) -> list[list[str]]:
    """Return a text file's cells, decoded as the case files are written."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp932")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix == ".txt" else ","))


def raw_of(rows: Sequence[Sequence[object]], table: str = "orders", source: str = "入力.csv") -> RawTable:
    """Return rows with their header as a raw table, short rows filled up."""
    header = tuple(str(cell) for cell in rows[0])
    body = [[*row, *[None] * (len(header) - len(row))] for row in rows[1:]]
    frame = pd.DataFrame(body, columns=pd.Index(header, dtype=object), dtype=object)
    return RawTable(table, header, frame, source)


def profile_of(**parts: Any) -> Profile:
    return Profile(**{"id": "test", "name": Text("試験", "test"), "table": "orders", "origin": "given", **parts})


SALES = [
    ["会社名", "受注日", "金額", "フェーズ"],
    ["A", "2026/4/1", "100", "Closed Won"],
    ["B", "2026/4/2", "200", "Closed Lost"],
    ["A", "2026/4/3", "", "Closed Won"],
    ["C", "2026/4/4", "400", ""],
]


# ---- the exports of other systems -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_export_is_recognised_and_its_sum_is_right(name: str) -> None:
    expected = EXPECTED[name]
    profile, _ = recognise_grid(rows_of(CASES / "exports" / name)) or pytest.fail(f"{name} is not recognised")
    assert profile.id == expected["profile"]
    tables = clean(read_files({profile.table: CASES / "exports" / name}))
    assert tables.customers["name"].tolist() == expected["customers"]
    if "sum" in expected:
        assert tables.orders is not None
        assert int(tables.orders["amount"].sum()) == expected["sum"]
    left_out = expected.get("left_out", {})
    for reason, code in CODES.items():
        assert [each.row for each in tables.findings if each.code == code] == left_out.get(reason, []), reason
    (source,) = tables.sources
    assert source.rows_read - source.rows_used == sum(map(len, left_out.values()))
    assert [each.reason.en for each in tables.findings if each.code == "profile_used"] == [
        f"Read as {profile.name.en} (profile {profile.id})"
    ]


def test_every_export_has_a_row_in_the_table_and_every_profile_an_export() -> None:
    files = {path.name for path in (CASES / "exports").iterdir()}
    assert files == {*EXPECTED, "amazon-all-orders.txt"}
    assert {each.id for each in ready()} == {*(each["profile"] for each in EXPECTED.values()), "amazon-all-orders"}


def test_a_companys_own_revenue_is_not_taken_for_our_sales() -> None:
    for name in ("salesforce-accounts.ja.csv", "hubspot-companies.en.csv", "hubspot-companies.ja.csv"):
        rows = rows_of(CASES / "exports" / name)
        profile, at = recognise_grid(rows) or pytest.fail(name)
        table, findings = apply(profile, raw_of(rows[at:]))
        assert clean(RawTables({table.name: table}, findings)).customers["sales"].isna().all(), name
        assert [each.severity for each in findings if each.code == "column_set_apart"] == ["note"], name


def test_what_the_caller_maps_goes_before_the_profile_where_the_sheet_has_it() -> None:
    files = {"orders": [CASES / "exports" / "yayoi-hanbai.csv", CASES / "exports" / "freee-deals.csv"]}
    tables = clean(read_files(files, {"orders.amount": "税抜額", "orders.date": "決済期日"}))
    assert tables.orders is not None
    assert int(tables.orders["amount"].sum()) == 88_000 + 1_815_000  # freee has no 税抜額, Yayoi no 決済期日: told
    assert [(each.source, each.column) for each in tables.findings if each.code == "mapped_header_absent"] == [
        ("yayoi-hanbai.csv", "決済期日"),
        ("freee-deals.csv", "税抜額"),
    ]
    with pytest.raises(Refusal) as caught:
        clean(read_files({"orders": CASES / "exports" / "yayoi-hanbai.csv"}, {"orders.channel": "経路"}))
    assert caught.value.kind == "missing_column"


def test_an_export_that_names_no_buyer_says_which_one_does() -> None:
    rows = rows_of(CASES / "exports" / "amazon-all-orders.txt")
    profile, _ = recognise_grid(rows) or pytest.fail("not recognised")
    with pytest.raises(Refusal) as caught:
        apply(profile, raw_of(rows))
    assert caught.value.kind == "missing_column"
    assert "注文レポート" in caught.value.text.ja
    assert "order report" in caught.value.text.en
    told = apply(profile, replace(raw_of(rows), mapping={"customer": "ship-state"}))[0]
    assert told.mapping["customer"] == "ship-state"


def test_ready_profiles_say_where_they_are_documented() -> None:
    for profile in ready():
        assert profile.sources, profile.id
        assert all(source.startswith("https://") for source in profile.sources)
        assert all(profile.note), profile.id
        assert all(profile.name), profile.id
        assert profile.required, profile.id


def test_our_own_tables_have_no_profile() -> None:
    """The headers of our template, in both languages, and the least tables of the README are read as ever."""
    for table in TABLES:
        for lang in ("ja", "en"):
            headers = [each.text.to("ja" if lang == "ja" else "en") for each in columns(table)]
            assert recognise(headers) is None, (table, lang)
    for headers in (["顧客名"], ["顧客名", "年間売上"], ["顧客名", "取引日", "金額"], ["Customer name", "Date", "Amount"],
                    ["顧客名", "年間売上", "継続性", "成長ポテンシャル", "リスク", "戦略"],
                    ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]):  # fmt: skip
        assert recognise(headers) is None, headers


# ---- laws -----------------------------------------------------------------------------------------------------------

CELLS = st.sampled_from(["", "A", "B", "Closed Won", "受注", "100", "2026/4/1", "Copyright x", "*", "◎", None, 5, 2.5])
GRIDS = st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=14)


@given(GRIDS, st.sampled_from(["", "c = A", "c = 空白 または d = 'Closed Won'", "not (e > 3)"]), st.booleans())
def test_rows_in_are_rows_out_and_rows_listed(body: list[list[object]], where: str, merged: bool) -> None:
    profile = profile_of(
        columns={"customer": ("a",), "date": ("b",), "amount": ("e",)},
        where=(where,) if where else (),
        footers=("Copyright",),
        lines=Lines(start=("c",), carried=("*",), totals=("e",) if merged else ()),
        value_maps={"product": {"A": "甲"}},
    )
    raw = raw_of([["a", "b", "c", "d", "e"], *body])
    before = raw.frame.copy(deep=True)
    table, findings = apply(profile, raw)
    listed = [each.row for each in findings if each.severity == "error"]
    assert len(listed) == len(set(listed))
    assert sorted([*table.row_numbers().tolist(), *listed]) == list(range(2, len(body) + 2))
    assert len(table.frame) == len(table.row_numbers())
    pd.testing.assert_frame_equal(raw.frame, before)  # a caller's table is never changed


NAMES = st.text(min_size=1, max_size=8).map(str.strip).filter(bool)
WORDS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)


@given(
    st.builds(
        Profile,
        id=st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True),
        name=st.builds(Text, NAMES, NAMES),
        table=st.just("orders"),
        columns=st.dictionaries(st.sampled_from([each.key for each in columns("orders")]), WORDS, max_size=4),
        required=st.lists(WORDS, max_size=3).map(tuple),
        forbidden=st.lists(NAMES, max_size=2).map(tuple),
        fingerprint=st.from_regex(r"[0-9a-f]{0,12}", fullmatch=True),
        date_order=st.sampled_from(["", "mdy", "dmy"]),
        where=st.lists(NAMES, max_size=2).map(tuple),
        words=st.dictionaries(NAMES, WORDS, max_size=2),
        value_maps=st.dictionaries(
            st.sampled_from(["channel", "product"]), st.dictionaries(NAMES, NAMES, min_size=1, max_size=2), max_size=2
        ),
        footers=st.lists(NAMES, max_size=2).map(tuple),
        lines=st.one_of(st.none(), st.builds(Lines, key=WORDS, carried=WORDS, totals=WORDS, either=WORDS)),
        rename=st.dictionaries(NAMES, NAMES, max_size=2),
        sources=st.lists(NAMES, max_size=2).map(tuple),
        note=st.builds(Text, NAMES, NAMES),
        origin=st.just("ready"),
    )
)
def test_a_profile_is_the_same_after_toml(profile: Profile) -> None:
    assert from_toml(to_toml(profile), "x.toml", "ready") == profile


def test_the_fingerprint_knows_headers_not_their_order_or_width() -> None:
    assert fingerprint(["得意先ＣＤ", "Amount", ""]) == fingerprint([" amount", "得意先CD"])
    assert fingerprint(["得意先CD"]) != fingerprint(["得意先CD", "金額"])


# ---- conditions and values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("フェーズ = Closed Won", [2, 4]),
        ("フェーズ ≠ Closed Won", [3]),  # a blank is neither
        ("フェーズ = 空白", [5]),
        ("金額 > 150", [3, 5]),
        ("金額 = 100", [2]),
        ("受注日 >= 2026-04-03", [4, 5]),
        ("フェーズ 含む won かつ 金額 <= 100", [2]),
        ("amount = 400", [5]),  # a key of ours
        ("会社名 = Ａ", [2, 4]),  # width does not matter
    ],
)
def test_a_condition_keeps_its_rows_and_lists_the_others(where: str, kept: list[int]) -> None:
    table, findings = apply(profile_of(where=(where,)), raw_of(SALES))
    assert table.row_numbers().tolist() == kept
    assert [each.row for each in findings if each.code == "filtered_row"] == [
        row for row in (2, 3, 4, 5) if row not in kept
    ]
    listed = [each for each in findings if each.code == "filtered_row"]
    assert all(each.column in each.reason.ja and each.column in each.reason.en for each in listed if each.column)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("フェイズ = Closed Won", "フェーズ"),
        ("フェーズ > Closed Won", "大小は数か日付"),
        ("重要顧客", "見出しの名前で"),
        ("フェーズ = Closed Won かつ 重要顧客", "一覧"),
        ("フェーズ =", "値が要ります"),
    ],
)
def test_a_condition_that_cannot_be_put_is_refused_with_the_mend(where: str, said: str) -> None:
    with pytest.raises(Refusal) as caught:
        apply(profile_of(where=(where,)), raw_of(SALES))
    assert caught.value.kind == "argument"
    assert said in caught.value.text.ja
    assert "入力.csv" in caught.value.text.ja


def test_values_are_mapped_and_unknown_ones_listed() -> None:
    rows = [["顧客名", "リスク"], ["A", "◎"], ["B", "×"], ["C", "低"], ["D", "?"], ["E", ""], ["F", "？"]]
    told = parse_values(["customers.risk： ◎=低、○=低, △=中, ×=高"])
    table, findings = Wishes(values=told).read(raw_of(rows, "customers"))
    assert table.frame["リスク"].tolist() == ["低", "高", "低", None, "", None]
    unknown = [each for each in findings if each.code == "unknown_value"]
    assert [(each.severity, each.column, each.value) for each in unknown] == [
        ("warning", "リスク", "?"),
        ("warning", "リスク", "？"),
    ]
    assert "5行目" in unknown[0].reason.ja
    customers = clean(RawTables({"customers": table}, findings)).customers
    assert customers["risk"].tolist() == ["low", "high", "low", None, None, None]


def test_options_name_their_table_and_column() -> None:
    assert parse_where(["orders: a=1", "取引：b=2", "customers: c=3"]) == {
        "orders": ("a=1", "b=2"),
        "customers": ("c=3",),
    }
    assert parse_values(["customers.risk: A=高, B=低", "customers.risk: C=中"]) == {
        "customers": {"risk": {"A": "高", "B": "低", "C": "中"}}
    }
    for wrong in ("a=1", "orders:", "nothing: a=1"):
        with pytest.raises(Refusal):
            parse_where([wrong])
    for wrong in (
        "customers.risk",
        "customers.risk: A",
        "customers.risk: A=高, A=低",
        "customers.nothing: A=高",
        "risk: A=高",
    ):
        with pytest.raises(Refusal):
            parse_values([wrong])


def test_the_total_of_an_order_that_differs_among_its_rows_is_listed() -> None:
    rows = [["番号", "客", "日", "計", "品"], ["1", "A", "2026/4/1", "300", "x"], ["1", "A", "2026/4/1", "999", "y"]]
    profile = profile_of(
        columns={"customer": ("客",), "date": ("日",), "amount": ("計",), "order_id": ("番号",), "product": ("品",)},
        lines=Lines(key=("番号",), totals=("計",)),
    )
    table, findings = apply(profile, raw_of(rows))
    assert [(each.code, each.row) for each in findings if each.severity == "error"] == [("order_total_differs", 3)]
    assert table.frame["計"].tolist() == ["300"]
    assert table.frame["品"].tolist() == [None]  # of two products none is the order's


def test_a_figure_that_may_be_the_orders_is_told_by_its_cells() -> None:
    profile = next(each for each in ready() if each.id == "kintone")
    head = ["レコードの開始行", "顧客名", "受注日", "商品名", "金額"]
    whole = raw_of([head, ["*", "A", "2026/4/1", "x", "300"], ["", "A", "2026/4/1", "y", "300"]])
    table, findings = apply(profile, whole)
    assert table.row_numbers().tolist() == [2]
    assert "order_total_assumed" in {each.code for each in findings}
    lines = raw_of([head, ["*", "A", "2026/4/1", "x", "300"], ["", "A", "2026/4/1", "y", "200"]])
    assert apply(profile, lines)[0].row_numbers().tolist() == [2, 3]


def test_a_customer_named_like_a_footer_is_a_customer() -> None:
    rows = [["会社名", "受注日", "金額", "担当", "備考"], ["Total Energies", "2026/4/1", "100", "佐藤", "x"],
            ["Copyright Agency", "2026/4/2", "200", "佐藤", "y"], ["Copyright (c) 2026"]]  # fmt: skip
    table, findings = apply(profile_of(footers=("Copyright", "Total")), raw_of(rows))
    assert table.row_numbers().tolist() == [2, 3]
    assert [each.row for each in findings if each.code == "footer_row"] == [4]


# ---- saved profiles -------------------------------------------------------------------------------------------------


def test_a_saved_profile_is_used_the_next_time_before_a_ready_one(own_folder: Path) -> None:
    rows = rows_of(CASES / "exports" / "freee-deals.csv")
    ours = profile_of(
        columns={"customer": ("取引先",), "date": ("決済期日",), "amount": ("金額",)}, where=("収支区分 = 収入",)
    )
    assert (recognise(rows[0]) or ours).id == "freee-deals"
    path = save(ours, "当社のfreee", rows[0])
    assert path.parent == own_folder == folder()
    kept = recognise(rows[0], rows[1:])
    assert kept is not None
    assert (kept.origin, kept.name.ja, kept.columns["date"]) == ("saved", "当社のfreee", ("決済期日",))
    assert recognise(rows[0], table="customers") is None
    assert find("当社のfreee").columns == ours.columns
    assert recognise([*rows[0], "もう1列"]) != kept  # another layout
    save(replace(ours, date_order="mdy"), "当社のfreee", rows[0])
    assert len(saved()[0]) == 1
    assert not [each for each in own_folder.iterdir() if each.name.startswith(".")]


def test_a_damaged_profile_names_all_its_faults_and_stops_nothing(own_folder: Path) -> None:
    own_folder.mkdir(parents=True)
    (own_folder / "bad.toml").write_text(
        'id = "Großes Ä"\ntable = "order"\ndate_order = "ymd"\ncolour = "red"\n[name]\nja = "x"\n[columns]\nwhen = 5\n[lines]\n',
        encoding="utf-8",
    )
    (own_folder / "worse.toml").write_bytes(b"\xff\xfe\x00=")
    profiles, faults = saved()
    assert profiles == ()
    assert [each.source for each in faults] == ["bad.toml", "worse.toml"]
    for part in ("colour", "table は", "date_order", "id は", "columns.when", "lines には", "en を"):
        assert part in faults[0].reason.ja, part
    assert recognise(rows_of(CASES / "exports" / "freee-deals.csv")[0]) is not None


def test_a_profile_is_saved_only_for_headers_and_under_a_name() -> None:
    for profile, name, headers in (
        (profile_of(), "名前", ()),
        (profile_of(required=(("a",),)), "※", ()),
    ):
        with pytest.raises(Refusal) as caught:
            save(profile, name, headers)
        assert caught.value.kind == "argument"
    for name in ("A/B:C", "con", "..a"):  # no name of a file on every system
        path = save(profile_of(required=(("a",),)), name)
        assert path.parent == folder()
        assert path.stem.upper() != "CON"
        assert find(name).name.ja == name
    with pytest.raises(Refusal) as unknown:
        find("freee-deal")
    assert "freee-deals" in unknown.value.text.ja


def test_a_folder_that_cannot_be_written_is_said(own_folder: Path) -> None:
    own_folder.parent.joinpath("profiles").write_text("a file in its place", encoding="utf-8")
    with pytest.raises(Refusal) as caught:
        save(profile_of(), "x", ["a", "b"])
    assert caught.value.kind == "unwritable"


# ---- proposals ------------------------------------------------------------------------------------------------------


def test_a_proposal_reads_unknown_headers_by_their_cells() -> None:
    head = ["伝票", "いつ", "だれ", "いくら", "状態"]
    body = [
        [str(at), f"2026/4/{at % 28 + 1}", f"{'ABC'[at % 3]}社", 100 * at + 50, "受注" if at % 4 else "失注"]
        for at in range(40)
    ]
    proposal = propose(head, body)
    assert proposal.profile.table == "orders"
    assert proposal.profile.columns == {"customer": ("だれ",), "date": ("いつ",), "amount": ("いくら",)}
    assert proposal.lacking == ()
    table, findings = apply(proposal.profile, raw_of([head, *body]))
    tables = clean(RawTables({"orders": table}, findings))
    assert tables.orders is not None
    assert int(tables.orders["amount"].sum()) == sum(int(row[3]) for row in body if row[4] == "受注")
    assert all(0 < each.confidence <= 1 and each.reason.ja and each.reason.en for each in proposal.guesses)


def test_marks_and_letters_are_proposed_as_levels() -> None:
    proposal = propose(["顧客名", "リスク", "継続性"], [["A", "◎", "A"], ["B", "×", "B"], ["C", "△", "C"]])
    assert proposal.profile.table == "customers"
    assert proposal.profile.value_maps == {
        "risk": {"◎": "低", "△": "中", "×": "高"},
        "continuity": {"A": "高", "B": "中", "C": "低"},
    }
    sure = {each.key: each.confidence for each in proposal.guesses if each.part == "values"}
    assert sure["risk"] > sure["continuity"]  # whether A is good is less certain than whether ◎ is


def test_a_ledger_with_income_is_no_table_of_costs() -> None:
    rows = [["2026/4/1", "売上高", 100, "A", "収入"], ["2026/4/2", "旅費", 50, "B", "支出"]]
    proposal = propose(["発生日", "勘定科目", "金額", "取引先", "収支区分"], rows)
    assert proposal.profile.table == "orders"
    assert apply(proposal.profile, raw_of([["発生日", "勘定科目", "金額", "取引先", "収支区分"], *rows]))[
        0
    ].row_numbers().tolist() == [2]


def test_an_amount_that_is_the_same_on_every_row_of_an_order_is_counted_once() -> None:
    head = ["注文番号", "顧客名", "注文日", "商品名", "単価", "合計金額"]
    body: list[list[object]] = [
        ["1", "A", "2026/4/1", "x", 100, 300], ["1", "A", "2026/4/1", "y", 200, 300], ["2", "B", "2026/4/2", "x", 100, 100],
        ["3", "B", "2026/4/3", "x", 100, 500], ["3", "B", "2026/4/3", "z", 400, 500],
    ]  # fmt: skip
    proposal = propose(head, body)
    assert proposal.profile.lines == Lines(key=("注文番号",), totals=("合計金額",))
    table, findings = apply(proposal.profile, raw_of([head, *body]))
    tables = clean(RawTables({"orders": table}, findings))
    assert tables.orders is not None
    assert int(tables.orders["amount"].sum()) == 900
    body[1][5] = 301  # amounts of lines
    assert propose(head, body).profile.lines is None


def test_a_title_may_stand_above_the_header_of_an_export() -> None:
    rows = rows_of(CASES / "exports" / "salesforce-opportunities.ja.csv")
    titled: list[list[object]] = [["商談レポート", *[None] * 13], [None] * 14, *map(list[object], rows)]
    look = look_at(titled)
    assert (look.at, look.profile.id, look.proposal) == (2, "salesforce-opportunities", None)
    changed = look.changed(
        mapping={"amount": "確度(%)", "channel": ""}, wishes=Wishes(where={"orders": ("種別 = 新規ビジネス",)})
    )
    assert changed.columns["amount"] == ("確度(%)",)
    assert "channel" not in changed.columns
    assert changed.where[-1] == "種別 = 新規ビジネス"
    with pytest.raises(Refusal):
        look.changed(mapping={"risk": "x"})


@given(
    st.lists(
        st.sampled_from(["顧客名", "日付", "金額", "番号", "状態", "リスク", "x", "y", ""]), min_size=1, max_size=6
    ),
    st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=10),
)
def test_whatever_is_proposed_can_be_applied_and_loses_nothing(headers: list[str], body: list[list[object]]) -> None:
    rows = [row[: len(headers)] for row in body]
    proposal = propose(headers, rows)
    table, findings = apply(proposal.profile, raw_of([headers, *rows], proposal.profile.table))
    listed = [each.row for each in findings if each.severity == "error"]
    assert sorted([*table.row_numbers().tolist(), *listed]) == list(range(2, len(rows) + 2))
    assert from_toml(to_toml(replace(proposal.profile, id="x", name=Text("x", "x"))), "x", "proposed").columns == dict(
        proposal.profile.columns
    )


def test_a_customer_may_be_told_by_a_code() -> None:
    body = [["2026/4/1", f"K{at % 3}", 100 + at] for at in range(9)]
    assert propose(["計上", "客先コード", "売上税抜"], body).profile.columns["customer_id"] == ("客先コード",)


def test_what_a_proposal_lacks_is_said() -> None:
    assert propose(["金額", "備考"], [[1, "x"], [2, "y"]], "orders").lacking == ("date",)


def test_our_own_tables_are_proposed_as_themselves() -> None:
    raw = raw_from_block("orders", [["顧客名", "取引日", "金額"], ["A", "2026/4/1", 5], ["A", "2026/4/2", 6]], "x")
    proposal = propose(raw.header, raw.frame.to_numpy().tolist())
    assert proposal.profile.table == "orders"
    assert proposal.profile.columns == {"customer": ("顧客名",), "date": ("取引日",), "amount": ("金額",)}
    assert proposal.profile.where == ()


@pytest.mark.parametrize("name", ["importing.ja.md", "importing.md"])
def test_the_profile_that_the_guide_shows_can_be_used(name: str) -> None:
    guide = (CASES.parent.parent / "docs" / name).read_text(encoding="utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```", guide, flags=re.MULTILINE | re.DOTALL)
    profile = from_toml(block, name, "given")
    assert profile.lines is not None
    assert profile.value_maps
    for each in ready():  # the guide names every system that has a ready profile
        assert each.id.split("-")[0] in {
            "amazon",
            "freee",
            "hubspot",
            "kintone",
            "obc",
            "rakuten",
            "salesforce",
            "shopify",
            "yayoi",
        }
    for word in (
        "Amazon",
        "freee",
        "HubSpot",
        "kintone",
        "Salesforce",
        "Shopify",
        "PORTFOLIO_PROFILES",
        "--where",
        "--values",
    ):
        assert word in guide, word
