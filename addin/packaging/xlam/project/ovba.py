"""A VBA project (vbaProject.bin, [MS-OVBA]) written from the text of its modules.

No performance cache is written (2.3.4.1 forbids it on write), so the host compiles the source when it opens the
project. Everything is derived from the arguments: equal modules give equal bytes.

Decision 0300: why the VBA project is written here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Literal

from addin.packaging.xlam.project.compression import compress, decompress
from addin.packaging.xlam.project.ole import Storage, compound_file

_ENCODING: Final = "cp1252"
_CODE_PAGE: Final = 1252
_LCID: Final = 0x0409  # 2.3.4.2.1.3: the language of the identifiers, English (United States)
_COOKIE: Final = 0xFFFF  # 2.3.4.2.3.1 and 2.3.4.2.3.2.8: MUST be 0xFFFF on write

# The libraries that Excel itself lists in a new project: (name, LIBID). VBA and Excel are implied by the host.
_REFERENCES: Final = (
    ("stdole", r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation"),
    (
        "Office",
        (
            r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#"
            r"C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library"
        ),
    ),
)

DOCUMENT_BASES: Final = {
    "workbook": "0{00020819-0000-0000-C000-000000000046}",
    "worksheet": "0{00020820-0000-0000-C000-000000000046}",
    "class": "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}",
}


@dataclass(frozen=True)
class Module:
    """One module: its name, its kind and its whole source, attribute lines included, with CRLF line ends."""

    name: str
    kind: Literal["standard", "class", "document"]
    source: str

    def encoded(self) -> bytes:
        """Return the source in the project's code page; anything outside it raises UnicodeEncodeError."""
        return self.source.encode(_ENCODING)


@dataclass(frozen=True)
class Project:
    """A VBA project: its name, its class identifier (a GUID in braces) and its modules in order."""

    name: str
    identifier: str
    modules: tuple[Module, ...]


def project_bytes(project: Project) -> bytes:
    """Return vbaProject.bin for `project`.

    Raises
    ------
    ValueError
        When a stream does not decompress to its source (a last chunk that would have to be padded), or two modules
        share a name; VBA does not distinguish case.
    """
    names = [module.name.casefold() for module in project.modules]
    if len(set(names)) != len(names):
        raise ValueError(f"two modules share a name: {sorted(names)}")
    vba: dict[str, bytes | Storage] = {
        "dir": _compress_checked("dir", _write_dir_stream(project)),
        "_VBA_PROJECT": struct.pack("<HHBH", 0x61CC, 0xFFFF, 0, 1),  # 2.3.4.1, the seven fixed bytes
    }
    for module in project.modules:
        vba[module.name] = _compress_checked(module.name, module.encoded())
    return compound_file(
        {"VBA": vba, "PROJECT": _write_project_stream(project), "PROJECTwm": _write_project_wm(project)}
    )


def _compress_checked(name: str, data: bytes) -> bytes:
    packed = compress(data)
    if decompress(packed) != data:
        raise ValueError(f"the stream {name} does not decompress to its source: its last chunk would be padded")
    return packed


def _pack_dir_record(identifier: int, data: bytes) -> bytes:
    return struct.pack("<HI", identifier, len(data)) + data


def _pack_text_records(identifier: int, text: str, wide_identifier: int) -> bytes:
    """Return a text record followed by its Unicode twin, as most records of the dir stream come."""
    return _pack_dir_record(identifier, text.encode(_ENCODING)) + _pack_dir_record(
        wide_identifier, text.encode("utf-16-le")
    )


def _write_dir_stream(project: Project) -> bytes:
    """Return the dir stream (2.3.4.2), uncompressed."""
    parts = [
        _pack_dir_record(0x0001, struct.pack("<I", 1)),  # PROJECTSYSKIND: 32-bit Windows; both bitnesses read it
        _pack_dir_record(0x0002, struct.pack("<I", _LCID)),  # PROJECTLCID
        _pack_dir_record(0x0014, struct.pack("<I", _LCID)),  # PROJECTLCIDINVOKE
        _pack_dir_record(0x0003, struct.pack("<H", _CODE_PAGE)),  # PROJECTCODEPAGE
        _pack_dir_record(0x0004, project.name.encode(_ENCODING)),  # PROJECTNAME
        _pack_text_records(0x0005, "", 0x0040),  # PROJECTDOCSTRING
        _pack_dir_record(0x0006, b"") + _pack_dir_record(0x003D, b""),  # PROJECTHELPFILEPATH
        _pack_dir_record(0x0007, struct.pack("<I", 0)),  # PROJECTHELPCONTEXT
        _pack_dir_record(0x0008, struct.pack("<I", 0)),  # PROJECTLIBFLAGS
        struct.pack("<HIIH", 0x0009, 4, 1, 1),  # PROJECTVERSION: the size counts the major number only
        _pack_text_records(0x000C, "", 0x003C),  # PROJECTCONSTANTS
    ]
    for name, library in _REFERENCES:
        registered = library.encode(_ENCODING)
        body = struct.pack("<I", len(registered)) + registered + struct.pack("<IH", 0, 0)
        parts += [
            _pack_text_records(0x0016, name, 0x003E),
            _pack_dir_record(0x000D, body),
        ]  # REFERENCENAME, REFERENCEREGISTERED
    parts.append(_pack_dir_record(0x000F, struct.pack("<H", len(project.modules))))  # PROJECTMODULES
    parts.append(_pack_dir_record(0x0013, struct.pack("<H", _COOKIE)))  # PROJECTCOOKIE
    parts += [_pack_module_record(module) for module in project.modules]
    parts.append(struct.pack("<HI", 0x0010, 0))  # the terminator
    return b"".join(parts)


def _pack_module_record(module: Module) -> bytes:
    """Return the MODULE record (2.3.4.2.3.2); the source begins at offset 0 of the module's stream."""
    kind = 0x0021 if module.kind == "standard" else 0x0022
    return b"".join(
        (
            _pack_text_records(0x0019, module.name, 0x0047),  # MODULENAME
            _pack_text_records(0x001A, module.name, 0x0032),  # MODULESTREAMNAME
            _pack_text_records(0x001C, "", 0x0048),  # MODULEDOCSTRING
            _pack_dir_record(0x0031, struct.pack("<I", 0)),  # MODULEOFFSET
            _pack_dir_record(0x001E, struct.pack("<I", 0)),  # MODULEHELPCONTEXT
            _pack_dir_record(0x002C, struct.pack("<H", _COOKIE)),  # MODULECOOKIE
            struct.pack("<HI", kind, 0),  # MODULETYPE
            struct.pack("<HI", 0x002B, 0),  # the terminator
        )
    )


def _write_project_stream(project: Project) -> bytes:
    """Return the PROJECT stream (2.3.1): not protected, no password, visible."""
    entries = {"document": "Document={}/&H00000000", "class": "Class={}", "standard": "Module={}"}
    lines = [f'ID="{project.identifier}"']
    lines += [entries[module.kind].format(module.name) for module in project.modules]
    lines += [
        f'Name="{project.name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{encode_field(project.identifier, bytes(4), seed=0x5D)}"',  # 2.3.1.15: not protected
        f'DPB="{encode_field(project.identifier, bytes(1), seed=0x5D)}"',  # 2.3.1.16: no password
        f'GC="{encode_field(project.identifier, bytes([0xFF]), seed=0x5D)}"',  # 2.3.1.17: visible
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
    ]
    lines += [f"{module.name}=0, 0, 0, 0, C" for module in project.modules]  # every window closed
    return ("\r\n".join(lines) + "\r\n").encode(_ENCODING)


def _write_project_wm(project: Project) -> bytes:
    """Return the PROJECTwm stream (2.3.3): each module's name in the code page and in UTF-16."""
    names = [
        module.name.encode(_ENCODING) + b"\0" + module.name.encode("utf-16-le") + b"\0\0" for module in project.modules
    ]
    return b"".join(names) + b"\0\0"


def encode_field(identifier: str, data: bytes, seed: int) -> str:
    """Return `data` obfuscated by Data Encryption (2.4.3.2) as hexadecimal text.

    Parameters
    ----------
    identifier
        The project's identifier, whose characters give the key.
    data
        The field's plain bytes.
    seed
        The byte that the specification lets the writer choose; it also decides how many ignored bytes come first.
    """
    key = sum(identifier.encode(_ENCODING)) & 0xFF
    encoded = [seed, seed ^ 2, seed ^ key]
    previous_plain = key
    ignored = b"\x07" * ((seed & 6) // 2)  # any value will do; this one is used in the specification's example
    for byte in ignored + struct.pack("<I", len(data)) + data:
        encoded.append(byte ^ ((encoded[-2] + previous_plain) & 0xFF))
        previous_plain = byte
    return bytes(encoded).hex().upper()


def decode_field(identifier: str, text: str) -> bytes:
    """Return the plain bytes of a field of the PROJECT stream (2.4.3.3).

    Raises
    ------
    ValueError
        When the version, the key or the length does not fit: the field belongs to another project.
    """
    encoded = bytes.fromhex(text)
    seed = encoded[0]
    key = sum(identifier.encode(_ENCODING)) & 0xFF
    plain = [key]
    for position in range(3, len(encoded)):
        plain.append(encoded[position] ^ ((encoded[position - 2] + plain[-1]) & 0xFF))
    body = bytes(plain[1 + (seed & 6) // 2 :])
    if (encoded[1] ^ seed, encoded[2] ^ seed) != (2, key) or struct.unpack("<I", body[:4])[0] != len(body) - 4:
        raise ValueError(f"{text} is not a field of the project {identifier}")
    return body[4:]
