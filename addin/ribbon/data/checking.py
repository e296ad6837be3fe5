"""検査: what of the workbook's tables can be used, what is missing in them, and what that costs; no run is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from addin.ribbon.results import finding_rows
from engine.cleaning.table_cleaner import Sheet
from engine.definition.metrics import dictionary
from engine.explanation.trace.origins import lineage_of
from engine.language import words
from engine.language.display import percent
from engine.language.distinct_cells import filled
from engine.language.errors import Text
from engine.reading.columns import TABLES, columns, table_text

if TYPE_CHECKING:
    from addin.shared.book import Cell
    from engine.cleaning.tables import Tables
    from engine.language.errors import Lang
    from engine.reading.raw import RawTables

_NAMED: Final = 8  # metrics named in a cell
_TABLES: Final = (
    Text("表", "Table"),
    Text("シート", "Sheet"),
    Text("読んだ行", "Rows read"),
    Text("使える行", "Rows usable"),
    Text("使えない行", "Rows not usable"),
    Text("最新の日付", "Newest date"),
    Text("ないと出せないもの", "What cannot be had without it"),
)
_COLUMNS: Final = (
    Text("表", "Table"),
    Text("列", "Column"),
    Text("見出し", "Header"),
    Text("入っている行", "Rows filled"),
    Text("全行", "Rows"),
    Text("充足率", "Completeness"),
    Text("ないと出せないもの", "What cannot be had without it"),
)
_ABSENT: Final = Text("(なし)", "(none)")
# What the metric dictionary does not tell: answers that are no metric of one customer.
_FURTHER: Final[dict[tuple[str, str], Text]] = {
    ("customers", "parent_id"): Text("グループでの合算", "roll-up of groups"),
    ("customers", "corporate_number"): Text("法人番号での名寄せ", "candidates by corporate number"),
    ("customers", "industry"): Text("業界別の構成と集中", "mix and concentration by industry"),
    ("customers", "region"): Text("地域別の構成と集中", "mix and concentration by region"),
    ("customers", "size"): Text("規模別の構成と集中", "mix and concentration by size"),
    ("customers", "owner"): Text("担当別の集計", "summary by owner"),
    ("customers", "channel"): Text("チャネル別の集計", "summary by channel"),
    ("customers", "contract_end"): Text("契約終了の予告・契約LTV", "notice of contracts that end, contract LTV"),
    ("orders", "product"): Text("クロスセル・アップセルの候補", "cross-sell and upsell"),
    ("orders", "channel"): Text("チャネル別の集計", "summary by channel"),
    ("contacts", "hours"): Text("時間配分", "allocation of hours"),
    ("contacts", "topic"): Text("VOC(話題別の声)", "VOC by topic"),
    ("costs", "channel"): Text("チャネル別のCAC・回収月数", "CAC and payback by channel"),
}
_OF_TABLES: Final[dict[str, Text]] = {
    "customers": Text(
        "業界・地域・規模・担当・与信・契約(取引だけでも採点はできます)",
        "industry, region, size, owner, credit, contract (orders alone can be scored, too)",
    ),
    "orders": Text(
        "RFM・CPM・周期・異動・維持率・LTV・鮮度(年間売上の手入力があれば採点はできます)",
        "RFM, CPM, rhythm, movement, retention, LTV, freshness (typed yearly sales can be scored, too)",
    ),
    "contacts": Text("問合せ・沈黙・VOC・時間配分", "enquiries, silence, VOC, allocation of hours"),
    "surveys": Text("NPS・CSAT・CSポートフォリオ", "NPS, CSAT, CS portfolio"),
    "costs": Text("純利益・対応費・ROI・CAC・回収月数", "net profit, cost to serve, ROI, CAC, payback"),
    "products": Text("商品の分類・標準の粗利率・アップセルの段", "categories, standard margins, steps of an upsell"),
    "leads": Text("顧客化率", "conversion of leads"),
    "plans": Text("重点顧客の計画", "plans of key accounts"),
    "actions": Text("アクションの引き継ぎ", "actions carried to the next review"),
    "benchmarks": Text("競合・業界との比較", "comparison with the industry"),
}


def check_rows(raw: RawTables, tables: Tables, lang: Lang) -> list[list[Cell]]:
    """Return the check as one block: tier, tables, completeness of every column, findings."""
    tier = "T0" if tables.orders is None else "T2" if any(_has_table(tables, name) for name in TABLES[2:]) else "T1"
    rows: list[list[Cell]] = [
        [Text("データ検査", "Data check").to(lang)],
        [words.label("status", "tier", lang), words.label("tiers", tier, lang)],
        [],
        [text.to(lang) for text in _TABLES],
        *_write_table_rows(tables, lang),
        [],
        [text.to(lang) for text in _COLUMNS],
    ]
    for name, table in raw.tables.items():
        rows += _write_completeness_rows(Sheet(table), name, lang)
    return [*rows, [], *finding_rows(tables.findings, lang)]


def _has_table(tables: Tables, name: str) -> bool:
    return getattr(tables, name) is not None


def _write_table_rows(tables: Tables, lang: Lang) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for name in TABLES:
        sources = [source for source in tables.sources if source.table == name]
        if not sources:
            rows.append([table_text(name).to(lang), _ABSENT.to(lang), 0, 0, 0, None, _OF_TABLES[name].to(lang)])
        for source in sources:
            unused = source.rows_read - source.rows_used
            counts: list[Cell] = [source.rows_read, source.rows_used, unused, source.newest]
            rows.append([table_text(name).to(lang), source.source, *counts, None])
    return rows


def _write_completeness_rows(sheet: Sheet, name: str, lang: Lang) -> list[list[Cell]]:
    """Return the completeness of each column that the table may have; what is missing says what it costs."""
    rows: list[list[Cell]] = []
    for column in columns(name):
        field = sheet.binding.fields.get(column.key)
        count = 0
        if field is not None:
            codes, cells = sheet.coded_at(field.at[0])
            count = int(filled(codes, cells).sum())
        share = percent(count / len(sheet), lang, 0) if len(sheet) else None
        cost = lost(name, column.key, lang) if count < len(sheet) else ""
        header = field.header if field is not None else _ABSENT.to(lang)
        rows.append(
            [table_text(name).to(lang), column.text.to(lang), header, count, len(sheet), share, cost or None],
        )
    return rows


def lost(table: str, key: str, lang: Lang) -> str:
    """Return what cannot be had without a column: the metrics that are counted from it, and further answers."""
    metrics = [
        metric.name.to(lang)
        for metric in dictionary()
        if any(
            origin.table == table and key in origin.fields
            for origin in lineage_of(next(iter(metric.columns.values()))).origins
        )
    ]
    further = _FURTHER.get((table, key))
    named = metrics[:_NAMED] + (["…"] if len(metrics) > _NAMED else [])
    return "・".join([*named, *([further.to(lang)] if further is not None else [])])
