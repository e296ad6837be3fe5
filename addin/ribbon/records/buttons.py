"""The buttons of the group 記録."""

from __future__ import annotations

from typing import Final

from addin.ribbon.button import Button, Group
from engine.language.errors import Text

GROUP: Final = Group(
    "records",
    Text("記録", "Records"),
    (
        Button(
            "snapshot",
            Text("スナップショット", "Snapshot"),
            Text(
                "今の実行(データ・定義・点数)をメモを付けて保存します。後から前回として比べられ、同じ数字を再現できます。",
                "Stores the present run (data, definition, scores) with a note: it can be compared with later, and its "
                "numbers come out the same.",
            ),
            image="Camera",
            needs="run",
        ),
        Button(
            "compare_runs",
            Text("前回と比較", "Compare"),
            Text(
                "前回の見直しからの異動を「異動」に書きます: 行列、データの影響と定義の影響、顧客数の増減、異動した顧客と主因。",
                "Writes what moved since the review before on the sheet Movement: the matrix, the effect of the data and of "
                "the definition, the bridge of customers, who moved and why.",
            ),
            image="ReviewTrackChanges",
            needs="run",
        ),
        Button(
            "trace",
            Text("根拠をたどる", "Trace"),
            Text(
                "選んだ顧客の点数や指標を、入力の表と行、取込時刻、ハッシュ、定義の版までたどって「根拠」に書きます。",
                "Follows a score or metric of the selected customer back to tables and rows, time of reading, hash and "
                "definition, on the sheet Trace.",
            ),
            image="TracePrecedents",
            needs="run",
        ),
        Button(
            "audit_log",
            Text("監査ログ", "Audit log"),
            Text(
                "このブックで何をいつ誰がしたか(更新・取り込み・変更など)を示し、実行の保存先の記録が改ざんされていないかを確かめます。",
                "Shows what was done to this workbook, when and by whom, and verifies the log of the stored runs.",
            ),
            image="ReviewShareWorkbook",
        ),
    ),
)
