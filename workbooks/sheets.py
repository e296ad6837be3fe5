"""The sheets of the workbooks, in their order."""

from __future__ import annotations

from typing import Final

__all__ = ["INPUTS", "SHEETS"]

# Where planners type or paste; no button writes here, except 取り込み after asking.
INPUTS: Final = ("顧客", "取引", "接点", "アンケート", "費用", "商品", "リード")
SHEETS: Final = (
    "はじめに", "設定", *INPUTS, "ポートフォリオ表", "集中リスク", "マップ", "セグメント", "説明", "異動", "試算",
    "アカウントプラン", "アクション", "ベンチマーク", "状態", "データ品質", "指標辞書", "用語集", "関数一覧", "監査ログ",
)  # fmt: skip
