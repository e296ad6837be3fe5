"""The VBA project's format, against the examples of its specifications and independent readers."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
import zipfile
from typing import Any

import olefile  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addin.packaging.xlam.build import IDENTIFIER, xlam_bytes
from addin.packaging.xlam.project.compression import compress, decompress
from addin.packaging.xlam.project.ole import compound_file
from addin.packaging.xlam.project.ovba import Module, Project, decode_field, encode_field, project_bytes

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it still uses pyparsing's old names
    from oletools.olevba import decompress_stream


def test_compression_gives_the_specifications_examples() -> None:
    plain = bytes.fromhex("0119B000616263646566676800696A6B6C6D6E6F70007172737475762E")  # [MS-OVBA] 3.2.1
    assert decompress(plain) == b"abcdefghijklmnopqrstuv."
    assert compress(b"abcdefghijklmnopqrstuv.") == plain
    normal = bytes.fromhex(  # 3.2.2
        "012FB00023616161626364658266007061676869 6A013808616B6C00206D6E6F7006710270040072737475761077 78797A002C"
    )
    assert decompress(normal) == b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
    longest = bytes.fromhex("0103B002614500")  # 3.2.3
    assert decompress(longest) == b"a" * 73
    assert compress(b"a" * 73) == longest


@given(st.text(st.sampled_from("ab \r\nSubEnd("), max_size=9000).map(str.encode))
def test_whatever_is_compressed_is_read_back_by_us_and_by_oletools(data: bytes) -> None:
    packed = compress(data)
    assert decompress(packed) == data
    assert bytes(decompress_stream(bytearray(packed))) == data


def test_a_full_chunk_that_does_not_shrink_is_stored_as_it_is() -> None:
    data = b"".join(hashlib.sha512(bytes([n])).digest() for n in range(64))
    packed = compress(data)
    assert len(packed) == 1 + 2 + 4096
    assert decompress(packed) == data == bytes(decompress_stream(bytearray(packed)))


def test_a_last_chunk_that_would_be_padded_is_refused() -> None:
    noise = b"".join(hashlib.sha512(bytes([n])).digest() for n in range(61))
    text = "".join(chr(33 + byte % 90) for byte in noise)
    broken = Project("P", IDENTIFIER, (Module("M", "standard", text),))
    with pytest.raises(ValueError, match="M does not decompress"):
        project_bytes(broken)


def test_bytes_without_signature_are_refused() -> None:
    with pytest.raises(ValueError, match="signature"):
        decompress(b"\x02abc")
    with pytest.raises(ValueError, match="signature"):
        decompress(b"\x01\x00\x00abc")


def test_protection_fields_follow_the_specifications_example() -> None:
    example = "{917DED54-440B-4FD1-A5C1-74ACF261E600}"  # [MS-OVBA] 3.1.6
    assert decode_field(example, "0705D8E3D8EDDBF1DBF1DBF1DBF1") == bytes(4)
    assert decode_field(example, "1517CAF1D6F9D7F9D706") == b"\xff"
    assert encode_field(example, bytes(1), seed=0x0E) == "0E0CD1ECDFF4E7F5E7F5E7"
    assert encode_field(example, bytes(4), seed=0x07) == "0705D8E3D8EDDBF1DBF1DBF1DBF1"
    with pytest.raises(ValueError, match="not a field"):
        decode_field(IDENTIFIER, "0E0CD1ECDFF4E7F5E7F5E7")


def test_the_project_is_neither_locked_nor_hidden() -> None:
    with zipfile.ZipFile(io.BytesIO(xlam_bytes())) as archive:
        data = archive.read("xl/vbaProject.bin")
    with olefile.OleFileIO(io.BytesIO(data)) as project:
        text = project.openstream("PROJECT").read().decode("cp1252")
        assert project.openstream("VBA/_VBA_PROJECT").read() == bytes.fromhex("CC61FFFF000100")
    fields = dict(re.findall(r'^(CMG|DPB|GC|ID)="(.*)"\r$', text, re.MULTILINE))
    assert fields["ID"] == IDENTIFIER
    plain = [decode_field(IDENTIFIER, fields[name]) for name in ("CMG", "DPB", "GC")]
    assert plain == [bytes(4), bytes(1), b"\xff"]


def test_a_compound_file_is_read_back_by_olefile() -> None:
    tree: dict[str, Any] = {f"Stream{n}": bytes([n]) * (n * 97) for n in range(60)}
    tree["Big"] = bytes(range(256)) * 400
    tree["Empty"] = b""
    tree["Inner"] = {"Deep": {"a": b"x"}, "B": b"y" * 5000}
    with olefile.OleFileIO(io.BytesIO(compound_file(tree)), raise_defects=olefile.DEFECT_INCORRECT) as read:
        assert read.openstream("Big").read() == tree["Big"]
        assert read.openstream("Inner/Deep/a").read() == b"x"
        assert read.openstream("Inner/B").read() == b"y" * 5000
        for number in range(60):
            assert read.openstream(f"Stream{number}").read() == tree[f"Stream{number}"]
        assert len(read.listdir()) == 64


def test_siblings_hang_in_a_valid_red_black_tree() -> None:
    for count in (1, 2, 3, 4, 7, 8, 11, 31, 33):
        data = compound_file({f"S{n:02}": b"x" for n in range(count)})
        first = int.from_bytes(data[48:52], "little")
        entries = [data[512 * (first + 1) + 128 * n :][:128] for n in range(count + 1)]
        links = [tuple(int.from_bytes(entry[at : at + 4], "little") for at in (68, 72, 76)) for entry in entries]
        colours = [entry[67] for entry in entries]

        def black_height(place: int, parent_is_red: bool, links: Any = links, colours: Any = colours) -> int:
            if place == 0xFFFFFFFF:
                return 1
            red = colours[place] == 0
            assert not (red and parent_is_red)
            left, right, _ = links[place]
            heights = {black_height(left, red), black_height(right, red)}
            assert len(heights) == 1
            return heights.pop() + (not red)

        root = links[0][2]
        assert colours[root] == 1
        black_height(root, parent_is_red=False)


@pytest.mark.parametrize("name", ["", "x" * 32])
def test_names_that_a_compound_file_cannot_hold_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 31"):
        compound_file({name: b""})


def test_two_modules_of_one_name_are_refused() -> None:
    twice = (Module("One", "standard", ""), Module("ONE", "standard", ""))
    with pytest.raises(ValueError, match="share a name"):
        project_bytes(Project("P", IDENTIFIER, twice))
