"""One prefecture, one name: 東京 and 東京都 are one region of the summary; what is no prefecture stays as it is."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest
from helpers.builders import portfolio_of, tables_of
from hypothesis import given
from hypothesis import strategies as st

from engine.language.districts import district_of, joined_regions, prefecture_of
from engine.lists.listing import list_customers
from engine.lists.summary import summarise
from engine.planning.what_if import try_out

DISTRICTS = tomllib.loads(files("engine.language").joinpath("districts.toml").read_text(encoding="utf-8"))
SHORT = [ja for district in DISTRICTS.values() for ja in district["prefectures"]]
FULL = [prefecture_of(ja) for ja in SHORT]


def test_the_47_prefectures_have_their_full_names() -> None:
    assert len(set(FULL)) == 47
    assert [name for name in FULL if not name.endswith("県")] == ["北海道", "東京都", "京都府", "大阪府"]
    assert [prefecture_of(name) for name in FULL] == FULL
    assert [district_of(name) for name in FULL] == [district_of(name) for name in SHORT]


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("東京", "東京都"),
        ("東　京　都", "東京都"),
        (" 大阪 ", "大阪府"),
        ("京都", "京都府"),
        ("北海道", "北海道"),
        ("神奈川", "神奈川県"),
        ("TOKYO", "Tokyo"),
        ("Ｏｓａｋａ", "Osaka"),
        ("Hyogo Prefecture", "Hyogo"),
        ("Tokyo-to", "Tokyo"),
        ("東京都港区芝1-2-3", "東京都"),
        ("大阪府大阪市北区梅田１丁目", "大阪府"),
        ("北海道札幌市中央区北1条西2", "北海道"),
    ],
)
def test_names_and_addresses_of_prefectures(written: str, named: str) -> None:
    assert prefecture_of(written) == named


@pytest.mark.parametrize(
    "written",
    [
        *("関東", "首都圏", "東京支店", "大阪第2営業所", "東京都港区", "京都市", "大阪市北区1-1", "横浜", "北海道地区3", "東京都市圏2"),
        *("海外", "大韓民国", "中国", "New York", "Kanto", ""),
    ],
)  # fmt: skip
def test_what_is_no_prefecture_stays(written: str) -> None:
    assert prefecture_of(written) == written


@given(st.lists(st.none() | st.sampled_from([*SHORT, *FULL, "関東", "東京支店", "東京都港区芝1-2", "TOKYO", "Tokyo"])))
def test_no_prefecture_stands_under_two_names(regions: list[str | None]) -> None:
    found = joined_regions(regions)
    assert [each is None for each in found] == [each is None for each in regions]
    names: dict[str, set[str]] = {}
    for before, after in zip(regions, found, strict=True):
        if before is not None and after is not None:
            assert prefecture_of(before) == prefecture_of(after)
            names.setdefault(prefecture_of(after), set()).add(after)
    assert all(len(ways) == 1 for ways in names.values())
    assert joined_regions(found) == found
    assert sorted(map(str, joined_regions(regions[::-1]))) == sorted(map(str, found))


CUSTOMERS = {
    "顧客名": list("甲乙丙丁戊"),
    "地域": ["東京", "東京都", "東　京", "大阪", "関東"],
    "年間売上": [10, 20, 30, 40, 50],
}


def test_a_summary_has_one_row_for_tokyo_and_the_run_says_so() -> None:
    portfolio = portfolio_of(CUSTOMERS)
    table = summarise(portfolio, "region", ("customers", "sales")).set_index("label_ja")
    assert table["customers"].to_dict() == {"東京都": 3, "大阪": 1, "関東": 1}
    assert table.loc["東京都", "sales"] == 60
    (note,) = portfolio.findings
    assert (note.severity, note.code, note.column) == ("note", "region_spelling", "地域")
    assert "東京都" in note.reason.ja
    assert "2行(2・4行目)" in note.reason.ja


@pytest.mark.parametrize("word", ["東京", "東京都"])
def test_filters_and_trials_take_either_name(word: str) -> None:
    portfolio = portfolio_of(CUSTOMERS)
    assert sorted(list_customers(portfolio, f"地域={word}").positions.tolist()) == [0, 1, 2]
    from engine.planning.what_if.changes import Change

    assert try_out(portfolio, (), "0", [Change(f"地域:{word}", "年間売上", "+100%")]) is not None
    assert sorted(list_customers(portfolio, "地域=大阪府").positions.tolist()) == [3]


def test_a_table_with_one_way_of_writing_is_left_alone() -> None:
    for names in (["東京", "大阪", "名古屋"], ["東京都", "大阪府", ""], ["Tokyo", "Osaka", "海外"]):
        found = tables_of({"顧客名": list("甲乙丙"), "地域": names})
        assert [each or "" for each in found.customers["region"].tolist()] == names
        assert found.findings == ()


def test_the_handle_does_not_depend_on_the_way_of_writing_where_it_is_mixed() -> None:
    one = portfolio_of(CUSTOMERS)
    other = portfolio_of({**CUSTOMERS, "地域": ["東京都", "東京", "東京都", "大阪", "関東"]})
    assert one.handle == other.handle
