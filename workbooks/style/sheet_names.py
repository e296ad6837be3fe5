"""The sheets of the workbooks, in their order."""

from __future__ import annotations

from typing import Final

_DATA: Final = ("顧客", "取引", "接点", "アンケート", "費用", "商品", "リード")
_PLANS: Final = ("アカウントプラン", "アクション", "ベンチマーク")
SHEETS: Final = (
    "はじめに", "設定", *_DATA, "ポートフォリオ表", "集中リスク", "マップ", "異動", "試算",
    "セグメント", "機会", "価値と維持", "顧客の声", "説明", *_PLANS, "状態", "データ品質", "指標辞書", "用語集", "関数一覧", "監査ログ",
)  # fmt: skip
EXAMPLE: Final = "要素表(例)"  # in the sample only
# Where planners type or paste; no button writes here, except 取り込み after asking.
FILLED_IN: Final = ("設定", *_DATA, *_PLANS)
