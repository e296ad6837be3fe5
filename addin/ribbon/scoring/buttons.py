"""The buttons of the group スコア."""

from __future__ import annotations

from typing import Final

from addin.ribbon.button import Button, Group
from engine.language.errors import Text

GROUP: Final = Group(
    "scoring",
    Text("スコア", "Scoring"),
    (
        Button(
            "refresh",
            Text("更新", "Refresh"),
            Text(
                "このブックの顧客・取引・設定を読み、採点し直します。結果は「ポートフォリオ表」「データ品質」と"
                "名前 PF_RUN に入ります。入力のシートは変わりません。",
                "Reads this workbook's customers, orders and settings and scores them again. The results go to the "
                "sheets Portfolio and Data quality and to the name PF_RUN. Input sheets are not changed.",
            ),
            image="RefreshAll",
            large=True,
        ),
        Button(
            "as_of",
            Text("基準日", "As-of date"),
            Text(
                "いつの時点で採点するかを聞き、「設定」の基準日の1セルだけを書き換えます(2026/9/30、令和8年9月30日、空欄は"
                "最新の取引日)。「設定」がなければ作ります。反映するには「更新」を押します。",
                "Asks for the day as of which customers are scored and changes that one cell of Settings (blank: the newest "
                "order date). Settings is made where it is missing. Press Refresh to take it up.",
            ),
            image="CalendarInsert",
        ),
        Button(
            "purpose",
            Text("目的", "Purpose"),
            Text(
                "目的(新規開拓・既存深耕・リスク回避)を選びます。総合点の重みが変わります。「設定」の目的の1セルだけを書き換え、"
                "反映するには「更新」を押します。",
                "Choose the purpose (Acquire, Deepen, Avoid risk): it weighs the total score. Changes that one cell of "
                "Settings; press Refresh to take it up.",
            ),
            image="AdvancedFilterDialog",
        ),
        Button(
            "edit_definition",
            Text("定義を編集", "Edit definition"),
            Text(
                "「設定」を前に出します(なければ作ります)。しきい値や規則をすでに変えてあれば、「更新」で採用する前に、何社が"
                "どこへ移動するかを知らせ、「定義の影響」に一覧を書きます。",
                "Brings Settings to the front (made where it is missing). Where thresholds or rules were changed already, it "
                "tells how many customers would move, before Refresh adopts them, and lists them on Effect of the definition.",
            ),
            image="ControlProperties",
        ),
        Button(
            "pending",
            Text("未反映を確認", "What is pending"),
            Text(
                "最後の更新の後に、入力の表と設定のどこが変わったか(追加・削除・変更の行数、変えた定義)を知らせます。何も書きません。",
                "Tells what changed in the input tables and in Settings since the last refresh: rows added, removed and "
                "changed, entries of the definition. Writes nothing.",
            ),
            image="ReviewHighlightChanges",
            needs="run",
        ),
    ),
)
