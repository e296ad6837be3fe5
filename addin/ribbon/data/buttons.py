"""The buttons of the group データ."""

from __future__ import annotations

from typing import Final

from addin.ribbon.button import Button, Group
from engine.language.errors import Text

GROUP: Final = Group(
    "data",
    Text("データ", "Data"),
    (
        Button(
            "import_table",
            Text("取り込み", "Import"),
            Text(
                "CSVかExcelのファイル(複数可)を選ぶと、どの表か、どの列が入るか、新しい行・変わった行・すでにある行が何行かを示します。"
                "追加・置き換え・列の対応の手直しから選べます。表の書式と数式はそのまま残り、1回分は元に戻せます。",
                "Choose CSV or Excel files. It shows which table they are, which columns fit, and how many rows are new, changed or "
                "there already; then add, replace, or correct the columns. Formats and formulas stay; it can be taken back.",
            ),
            image="GetExternalDataFromText",
        ),
        Button(
            "undo_import",
            Text("取り込みを元に戻す", "Undo import"),
            Text(
                "このブックで最後に行った取り込みを、内容を確かめてから取り消し、入力のシートを取り込みの前に戻します(1回分)。",
                "Takes back the last import of this workbook, after showing what it was: the input sheets are as before. One step.",
            ),
            image="Undo",
        ),
        Button(
            "check_data",
            Text("検査", "Check"),
            Text(
                "採点せずに、使える行・使えない行とその理由、列ごとの充足率、足りないものとそのために出せない指標を"
                "「データ検査」に書きます。",
                "Without scoring: rows that can and cannot be used and why, how complete each column is, and what cannot be "
                "had for want of it, on the sheet Data check.",
            ),
            image="DataValidation",
        ),
        Button(
            "duplicates",
            Text("名寄せ候補", "Duplicates"),
            Text(
                "法人番号・名前・カナが同じ顧客と、名前が似ている顧客の組を「名寄せ候補」に書きます。顧客表は変えません。",
                "Lists customers with the same corporate number, name or reading, and similar names, on the sheet Duplicates. "
                "The customer table is not changed.",
            ),
            image="RemoveDuplicates",
        ),
        Button(
            "open_sample",
            Text("サンプルを開く", "Open sample"),
            Text(
                "架空の会社のデータが入った見本のブックを開きます(ドキュメントの「顧客ポートフォリオ」フォルダー。初めのときに作ります)。",
                "Opens a sample workbook with the data of a fictional company, in your documents; it is made the first time.",
            ),
            image="FileOpen",
            needs="nothing",
        ),
    ),
)
