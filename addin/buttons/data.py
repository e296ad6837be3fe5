"""The buttons of the group データ."""

from __future__ import annotations

from typing import Final

from addin.buttons.base import Button, Group
from engine.errors import Text

__all__ = ["GROUP"]

GROUP: Final = Group(
    "data",
    Text("データ", "Data"),
    (
        Button(
            "import_table",
            Text("取り込み", "Import"),
            Text(
                "CSVかExcelのファイルを1つ選び、どの表か、何行か、どの列が入るかを確かめてから、その表のシート(顧客・取引など)に"
                "入れます。シートの前の行は置き換わります。入力のシートに書き込むボタンはこれだけです。",
                "Choose one CSV or Excel file. After showing which table it is, how many rows and which columns fit, it goes "
                "into that table's sheet in place of the rows there. No other button writes into an input sheet.",
            ),
            image="GetExternalDataFromText",
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
