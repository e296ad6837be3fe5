"""The function reference in docs/ is what the register says today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from addin.commands import reference
from addin.functions import registry
from engine.language import words
from engine.language.errors import KINDS

if TYPE_CHECKING:
    from engine.language.errors import Lang

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.mark.parametrize(("lang", "name"), reference.FILES.items())
def test_the_kept_reference_is_current(lang: Lang, name: str) -> None:
    kept = (DOCS / name).read_text(encoding="utf-8")
    assert kept == reference.reference(lang), "run python -m addin.commands.reference"
    for function in registry.functions():
        assert f"`={reference.signature(function)}`" in kept
        assert {"ja": function.ja, "en": function.en}[lang] in kept
    for code in words.codes("indices"):
        assert f"| {words.label('indices', code, 'ja')} | {words.label('indices', code, 'en')} |" in kept
    assert all(f"`#PF {kind.to(lang)}: …`" in kept for kind in KINDS.values())


def test_optional_arguments_stand_in_brackets() -> None:
    assert reference.signature(registry.find("PORTFOLIO_SEGMENT")) == "PORTFOLIO_SEGMENT(customer,[scheme],[run])"


def test_the_command_writes_both_files(tmp_path: Path) -> None:
    done = CliRunner().invoke(reference.main, [str(tmp_path)])
    assert done.exit_code == 0
    assert [path.name for path in sorted(tmp_path.iterdir())] == sorted(reference.FILES.values())
