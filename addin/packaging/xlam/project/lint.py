"""What VBA refuses or misreads in a module's text, found before the file is built.

Names are read with patterns, not with a parser: the modules are our own, one declaration to a line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from addin.packaging.xlam.project.ovba import Module

# Reserved identifiers of [MS-VBAL] 3.3.5.2: statements, markers, operators, reserved names, types and literals.
_WORDS: Final = (
    "call case close const declare defbool defbyte defcur defdate defdbl defint deflng deflnglng deflngptr "
    "defobj defsng defstr defvar dim do else elseif end endif enum erase event exit for friend function get "
    "global gosub goto if implements input let lock loop lset next on open option print private public put "
    "raiseevent redim resume return rset seek select set static stop sub type unlock wend while with write "
    "rem any as byref byval each in new optional paramarray preserve shared spc tab then to until withevents "
    "addressof and eqv imp is like mod not or typeof xor abs cbool cbyte ccur cdate cdbl cdec cint clng "
    "clnglng clngptr csng cstr cvar cverr date debug doevents fix int len lenb me pset scale sgn string array "
    "circle inputb lbound ubound attribute linput vb_base vb_name boolean byte currency double integer long "
    "longlong longptr single variant true false nothing empty null "
)
RESERVED: Final = frozenset(_WORDS.split())
_LONGEST_NAME: Final = 255  # [MS-VBAL] 3.3.5.1
_LONGEST_MODULE_NAME: Final = 31  # [MS-OVBA] 2.3.1.3: it is also a stream's name
_LONGEST_LINE: Final = 1023
_MOST_CONTINUATIONS: Final = 24
_MOST_ARGUMENTS: Final = 60

_IDENTIFIER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_CELL: Final = re.compile(r"(?:[A-Z]{1,3}[0-9]+|R[0-9]*C[0-9]*)\Z", re.IGNORECASE)  # A1 or R1C1: a formula reads a cell
_PROCEDURE: Final = re.compile(
    r"^\s*(?:(?:Public|Private|Friend|Static)\s+)*(?:Declare\s+(?:PtrSafe\s+)?)?"
    r"(?:Sub|Function|Property\s+(?:Get|Let|Set))\s+([^\s(]+)[^(]*(?:\((.*)\))?",
    re.IGNORECASE,
)
_VARIABLES: Final = re.compile(
    r"^\s*(?:Dim|Private|Public|Static|Const)\s+(?:Const\s+|WithEvents\s+)?(.+)$", re.IGNORECASE
)
_NOT_A_VARIABLE: Final = re.compile(r"^(?:Sub|Function|Property|Declare|Enum|Type)\b", re.IGNORECASE)


def problems(module: Module, *, ours: bool = True) -> tuple[str, ...]:
    """Return what is wrong with `module`, one sentence each; empty when nothing is.

    Parameters
    ----------
    module
        The module to read.
    ours
        False for modules of other authors, which are only checked for what would break the file: code page, line
        ends and the length of lines.
    """
    found = [*_find_text_problems(module, ascii_only=ours)]
    if not _IDENTIFIER.match(module.name) or len(module.name) > _LONGEST_MODULE_NAME:
        found.append(f"{module.name}: not a module name of at most {_LONGEST_MODULE_NAME} ASCII letters and digits")
    if ours:
        found += [f"{module.name}: {sentence}" for sentence in _find_name_problems(module.source)]
    return tuple(found)


def _find_text_problems(module: Module, *, ascii_only: bool) -> Iterator[str]:
    encoding = "ascii" if ascii_only else "cp1252"
    if "\n" in module.source.replace("\r\n", ""):
        yield f"{module.name}: a line does not end in CRLF"
    continued = 0
    for number, line in enumerate(module.source.split("\r\n"), start=1):
        try:
            line.encode(encoding)
        except UnicodeEncodeError as error:
            yield f"{module.name}, line {number}: {line[error.start]!r} is outside {encoding}"
        if len(line) > _LONGEST_LINE:
            yield f"{module.name}, line {number}: {len(line)} characters (at most {_LONGEST_LINE})"
        continued = continued + 1 if line.endswith(" _") else 0
        if continued > _MOST_CONTINUATIONS:
            yield f"{module.name}, line {number}: more than {_MOST_CONTINUATIONS} continued lines"


def _find_name_problems(source: str) -> Iterator[str]:
    for line in source.split("\r\n"):
        code = line.split("'")[0] if '"' not in line else line
        procedure = _PROCEDURE.match(code)
        if procedure:
            name, arguments = procedure.group(1), procedure.group(2) or ""
            yield from _find_identifier_problems(name)
            if _CELL.match(name):
                yield f"a formula would read {name} as a cell"
            declared = [part for part in arguments.split(",") if part.strip()]
            if len(declared) > _MOST_ARGUMENTS:
                yield f"{name} has {len(declared)} arguments (at most {_MOST_ARGUMENTS})"
            names = [_read_declared_name(part) for part in declared]
            if len({each.casefold() for each in names}) != len(names):
                yield f"{name} names an argument twice"
            for each in names:
                yield from _find_identifier_problems(each)
            continue
        variables = _VARIABLES.match(code)
        if variables and not _NOT_A_VARIABLE.match(variables.group(1)):
            for part in re.sub(r"\([^)]*\)", "", variables.group(1)).split(","):
                yield from _find_identifier_problems(_read_declared_name(part.split("=")[0]))


def _read_declared_name(part: str) -> str:
    """Return the name in a declaration such as `Optional ByVal key As String`."""
    words = [word for word in part.split() if word.casefold() not in {"optional", "byval", "byref", "paramarray"}]
    return words[0].removesuffix("()") if words else ""


def _find_identifier_problems(name: str) -> Iterator[str]:
    if not _IDENTIFIER.match(name) or len(name) > _LONGEST_NAME:
        yield f"{name!r} is not an ASCII identifier of at most {_LONGEST_NAME} characters"
    if name.casefold() in RESERVED:
        yield f"{name} is a word of the VBA language"
