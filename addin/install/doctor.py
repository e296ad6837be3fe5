"""`portfolio-addin doctor`: what is missing when a cell or a button does not answer, and what mends it."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import struct
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from engine.commands.checkup import bad, conclude, fine, from_json, hint
from engine.commands.console import lang_option, refusals, say
from engine.commands.options import json_option
from engine.language.errors import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from addin.install.install import Places
    from engine.commands.checkup import Check

_OLDEST: Final = (3, 11)
_PATIENCE: Final = 300
# Learn.microsoft.com, "Attack surface reduction rules reference": Office applications creating child processes.
_CHILD_PROCESSES: Final = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
_ASR: Final = r"SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
_MACROS: Final = r"SOFTWARE\Policies\Microsoft\Office\16.0\Excel\Security"
_MACROS_OFF: Final = 4  # VBAWarnings: disable all without notification
_SELF_TEST: Final = (
    ("顧客名", "年間売上", "継続性", "成長ポテンシャル", "リスク"),
    ("株式会社A", 15_000_000, "高", "中", "低"),
    ("株式会社B", 9_000_000, "中", "高", "中"),
    ("株式会社C", 5_000_000, "低", "低", "高"),
)
_EXPECTED: Final = "クロスセルを狙う"

_PYTHON: Final = Text("Python", "Python")
_XLWINGS: Final = Text("Excelとの接続 (xlwings)", "Link to Excel (xlwings)")
_ADDIN: Final = Text("アドインのファイル", "Add-in file")
_CONFIGURATION: Final = Text("アドインの設定", "Add-in configuration")
_WEB: Final = Text("ダウンロードの印", "Mark of the web")
_POLICY: Final = Text("マクロの方針", "Macro policy")
_DEFENDER: Final = Text("Defender の規則", "Defender rule")
_ANSWER: Final = Text("試しの計算", "Trial answer")
_LOG: Final = Text("記録の置き場所", "Log")
_STORE: Final = Text("実行の保存先", "Run store")
_REPORT: Final = Text("報告書", "Report")
_AGAIN: Final = Text("portfolio-addin install を実行してください", "run portfolio-addin install")
_ASK_IT: Final = Text(
    "情報システム部門に docs/it.ja.md を添えて相談してください", "ask your IT department, with docs/it.md"
)


def checks() -> list[Check]:
    """Return everything that can be looked at on this machine; what belongs to Excel only on Windows."""
    found = [_check_python(), _check_log_folder(), _check_run_store(), _check_trial_answer()]
    if sys.platform == "win32":
        from addin.install.install import places

        where = places()
        found += [
            _check_xlwings_link(),
            _check_addin_file(where),
            _check_addin_configuration(where),
            _check_web_mark(where),
            _check_macro_policy(),
            _check_defender_rule(),
        ]
    else:
        found.append(
            hint(
                Text("Excel", "Excel"),
                Text(f"{platform.system()} では調べません", f"not looked at on {platform.system()}"),
                Text("Excelのアドインは Windows で使います", "the add-in for Excel runs on Windows"),
            )
        )
    return [*found, *_check_report_command()]


def _check_python() -> Check:
    bits = struct.calcsize("P") * 8
    shown = Text(*[f"{platform.python_version()} ({bits} bit) {sys.executable}"] * 2)
    if sys.version_info[:2] >= _OLDEST:
        return fine(_PYTHON, shown)
    wanted = ".".join(map(str, _OLDEST))
    return bad(_PYTHON, shown, Text(f"Python {wanted} 以上を入れてください", f"install Python {wanted} or newer"))


def _check_log_folder() -> Check:
    from engine.language.incidents import log_file

    return _check_folder_writable(_LOG, log_file().parent)


def _check_run_store() -> Check:
    from engine.runs.store.layout import root

    return _check_folder_writable(_STORE, root())


def _check_folder_writable(name: Text, folder: Path) -> Check:
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    if os.access(nearest, os.W_OK):
        return fine(name, Text(str(folder), str(folder)))
    return bad(
        name,
        Text(f"{folder} に書き込めません", f"{folder} cannot be written to"),
        Text("フォルダーの権限を確かめてください", "check the folder's permissions"),
    )


def _check_trial_answer() -> Check:
    """Ask for a score and a strategy, through the same door as a cell."""
    from addin.functions import cells

    run = cells.answer("PORTFOLIO_RUN", [[list(row) for row in _SELF_TEST]])
    told = cells.answer("PORTFOLIO_STRATEGY", ["株式会社A", run])
    shown = Text(*[f'=PORTFOLIO_STRATEGY("株式会社A") → {told}'] * 2)
    if told == _EXPECTED:
        return fine(_ANSWER, shown)
    return bad(_ANSWER, shown, Text("この製品を入れ直してください", "install the product again"))


def _check_xlwings_link() -> Check:
    """Look for the DLL that the add-in loads (beside python.exe or one folder above) and for pywin32."""
    try:
        installed = version("xlwings")
    except PackageNotFoundError:
        return bad(_XLWINGS, Text("xlwings がありません", "xlwings is missing"), _AGAIN)
    library = f"xlwings{struct.calcsize('P') * 8}-{installed}.dll"
    beside = Path(sys.executable).parent
    if not any((folder / library).is_file() for folder in (beside, beside.parent)):
        return bad(
            _XLWINGS,
            Text(f"{library} が {beside} にありません", f"{library} is not in {beside}"),
            Text(
                f"pip install --force-reinstall xlwings=={installed}",
                f"pip install --force-reinstall xlwings=={installed}",
            ),
        )
    if importlib.util.find_spec("win32com") is None:
        return bad(
            _XLWINGS,
            Text("pywin32 がありません", "pywin32 is missing"),
            Text("pip install pywin32 を実行してください", "run pip install pywin32"),
        )
    return fine(_XLWINGS, Text(library, library))


def _check_addin_file(where: Places) -> Check:
    from addin.packaging.xlam.build import xlam_bytes

    path = Text(str(where.addin), str(where.addin))
    if not where.addin.is_file():
        return bad(_ADDIN, Text(f"{path.ja} がありません", f"{path.en} is missing"), _AGAIN)
    if where.addin.read_bytes() != xlam_bytes():
        return bad(_ADDIN, Text(f"{path.ja} の版が違います", f"{path.en} is of another version"), _AGAIN)
    return fine(_ADDIN, path)


def _check_addin_configuration(where: Places) -> Check:
    from addin.install.install import INTERPRETER, read_configuration

    entry = read_configuration(where.configuration).get(INTERPRETER, "")
    program = os.path.expandvars(entry)
    if not entry:
        told = Text(f"{where.configuration} がありません", f"{where.configuration} is missing")
        return bad(_CONFIGURATION, told, _AGAIN)
    if not Path(program).is_file():
        told = Text(f"設定された Python がありません: {program}", f"the Python it names is missing: {program}")
        return bad(_CONFIGURATION, told, _AGAIN)
    if Path(program).resolve() != Path(sys.executable).resolve():
        told = Text(f"別の Python が設定されています: {program}", f"it names another Python: {program}")
        return hint(_CONFIGURATION, told, _AGAIN)
    return fine(_CONFIGURATION, Text(program, program))


def _check_web_mark(where: Places) -> Check:
    """Look for the stream `Zone.Identifier` that mail and downloads leave on a file: Excel blocks its macros then."""
    if not Path(f"{where.addin}:Zone.Identifier").exists():
        return fine(_WEB, Text("ありません", "none"))
    return bad(
        _WEB,
        Text("アドインがブロックされています", "the add-in is blocked"),
        Text(
            "ファイルのプロパティで「許可する」に印を付けるか、portfolio-addin install をもう一度実行してください",
            'tick "Unblock" in the file\'s properties, or run portfolio-addin install again',
        ),
    )


def _check_macro_policy() -> Check:
    value = _read_windows_registry("HKEY_CURRENT_USER", _MACROS, "VBAWarnings")
    if value == _MACROS_OFF:
        return bad(_POLICY, Text("マクロがすべて禁止されています", "all macros are forbidden"), _ASK_IT)
    return fine(_POLICY, Text("禁止されていません", "not forbidden"))


def _check_defender_rule() -> Check:
    """Excel starts Python, a child process: a rule of Defender may forbid that."""
    value = _read_windows_registry("HKEY_LOCAL_MACHINE", _ASR, _CHILD_PROCESSES)
    if str(value) == "1":
        told = Text("Excelから別のプログラムを起動できません", "Excel may not start other programs")
        return bad(_DEFENDER, told, _ASK_IT)
    return fine(_DEFENDER, Text("止められていません", "does not block"))


def _read_windows_registry(root: str, key: str, name: str) -> object:
    """Return a value of the Windows registry, None where it is not set."""
    winreg = importlib.import_module("winreg")
    try:
        with winreg.OpenKey(getattr(winreg, root), key) as opened:
            value: object = winreg.QueryValueEx(opened, name)[0]
    except OSError:  # what is not set has no key
        return None
    return value


def _check_report_command(start: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run) -> list[Check]:
    """Ask the report's own command, in a process of its own: its libraries never come near a cell."""
    command_line = [sys.executable, "-m", "report_templates.command", "doctor", "--json"]
    environment: Mapping[str, str] = {**os.environ, "PYTHONUTF8": "1"}
    try:
        done = start(
            command_line,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
            env=environment,
            encoding="utf-8",
        )
        return from_json(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        told = Text("報告書のコマンドが動きません", "the report's command does not run")
        return [bad(_REPORT, told, Text("この製品を入れ直してください", "install the product again"))]


@click.command(
    "doctor",
    help=say(
        "Python・アドイン・設定・マクロの方針・PDFの印刷を調べ、直し方を1行ずつ示します。",
        "Check Python, the add-in, its configuration, the macro policy and the PDF printer; one line each, with the mend.",
    ),
)
@lang_option
@json_option
@refusals
def command(as_json: bool) -> None:
    """Look at everything and print it."""
    conclude(checks(), as_json=as_json)
