"""A compound file (OLE structured storage, [MS-CFB]) written from nested names and bytes.

Only what a VBA project needs is written: version 3, sectors of 512 bytes, fewer than 109 FAT sectors, no time stamps
and no random identifiers, so that equal content gives equal bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Storage: TypeAlias = Mapping[str, "bytes | Storage"]

_SECTOR: Final = 512
_MINI_SECTOR: Final = 64
_MINI_CUTOFF: Final = 4096  # streams below this live in the mini stream (2.2, MiniStreamCutoffSize)
_END_OF_CHAIN: Final = 0xFFFFFFFE  # 2.1, sector numbers with a meaning of their own
_FAT_SECTOR: Final = 0xFFFFFFFD
_FREE: Final = 0xFFFFFFFF
_NO_STREAM: Final = 0xFFFFFFFF
_HEADER_DIFAT: Final = 109  # FAT sectors that the header itself can list (2.2)
_STORAGE, _STREAM, _ROOT = 1, 2, 5  # 2.6.1, object types
_RED, _BLACK = 0, 1


@dataclass
class _DirectoryEntry:
    """One directory entry (2.6.1); `data` is None for a storage."""

    name: str
    kind: int
    data: bytes | None = None
    colour: int = _BLACK
    left: int = _NO_STREAM
    right: int = _NO_STREAM
    child: int = _NO_STREAM
    start: int = _END_OF_CHAIN
    size: int = 0

    def pack(self) -> bytes:
        name = self.name.encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sIQQIQ",
            name,
            len(name) + 2,  # with the closing null character
            self.kind,
            self.colour,
            self.left,
            self.right,
            self.child,
            b"",
            0,
            0,
            0,
            self.start,
            self.size,
        )


@dataclass
class _SectorChain:
    """The sectors behind the header, and the chain (FAT, 2.3) that links them."""

    chain: list[int] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)

    def add(self, data: bytes, size: int = _SECTOR) -> int:
        """Append `data`, padded to whole sectors; return the first sector's number."""
        if not data:
            return _END_OF_CHAIN
        first = len(self.chain)
        count = -(-len(data) // size)
        self.chain += [*range(first + 1, first + count), _END_OF_CHAIN]
        self.chunks.append(data.ljust(count * size, b"\0"))
        return first


def compound_file(root: Storage) -> bytes:
    """Return the bytes of a compound file that holds `root`.

    Parameters
    ----------
    root
        Names to bytes (a stream) or to a further mapping (a storage); names have at most 31 characters.

    Raises
    ------
    ValueError
        When a name is too long, or the content needs more FAT sectors than the header can list (about 7 MB).
    """
    entries = [_DirectoryEntry("Root Entry", _ROOT)]
    _collect_storage_entries(root, 0, entries)
    sectors, mini = _SectorChain(), _SectorChain()
    for entry in entries:
        if entry.data is not None:
            small = len(entry.data) < _MINI_CUTOFF
            entry.size = len(entry.data)
            entry.start = mini.add(entry.data, _MINI_SECTOR) if small else sectors.add(entry.data)
    mini_stream = b"".join(mini.chunks)
    entries[0].start, entries[0].size = sectors.add(mini_stream), len(mini_stream)
    mini_fat_start = sectors.add(_pack_sector_numbers(mini.chain))
    directory = b"".join(entry.pack() for entry in entries)
    unused = struct.pack("<68xIII48x", _NO_STREAM, _NO_STREAM, _NO_STREAM)  # 2.6.3: all zero but the links
    directory += unused * (-len(entries) % (_SECTOR // len(unused)))
    directory_start = sectors.add(directory)
    return _assemble_compound_file(sectors, directory_start, mini_fat_start, -(-len(mini.chain) * 4 // _SECTOR))


def _assemble_compound_file(
    sectors: _SectorChain, directory_start: int, mini_fat_start: int, mini_fat_count: int
) -> bytes:
    per_sector = _SECTOR // 4
    fat_count = 1
    while fat_count * per_sector < len(sectors.chain) + fat_count:
        fat_count += 1
    if fat_count > _HEADER_DIFAT:
        raise ValueError(f"a compound file of {len(sectors.chain)} sectors needs a DIFAT, which is not written here")
    fat_start = len(sectors.chain)
    fat = _pack_sector_numbers([*sectors.chain, *[_FAT_SECTOR] * fat_count])
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        bytes.fromhex("D0CF11E0A1B11AE1"),
        b"",
        0x003E,
        3,
        0xFFFE,
        9,  # sectors of 2**9 bytes
        6,  # mini sectors of 2**6 bytes
        b"",
        0,  # number of directory sectors: must be 0 in version 3
        fat_count,
        directory_start,
        0,
        _MINI_CUTOFF,
        mini_fat_start,
        mini_fat_count,
        _END_OF_CHAIN,  # no DIFAT sectors beyond the header
        0,
    )
    difat = [*range(fat_start, fat_start + fat_count), *[_FREE] * (_HEADER_DIFAT - fat_count)]
    return header + struct.pack("<109I", *difat) + b"".join(sectors.chunks) + fat


def _pack_sector_numbers(numbers: Sequence[int]) -> bytes:
    """Pack sector numbers, filled up to whole sectors with the mark for free ones."""
    fill = -len(numbers) % (_SECTOR // 4)
    return struct.pack(f"<{len(numbers) + fill}I", *numbers, *[_FREE] * fill)


def _collect_storage_entries(storage: Storage, owner: int, entries: list[_DirectoryEntry]) -> None:
    """Append the members of `storage` to `entries` and hang them below `entries[owner]` as a tree."""
    members: list[int] = []
    for name in sorted(storage, key=_make_directory_key):
        if not 0 < len(name) <= 31:
            raise ValueError(f"a name in a compound file has 1 to 31 characters: {name!r}")
        content = storage[name]
        members.append(len(entries))
        if isinstance(content, bytes):
            entries.append(_DirectoryEntry(name, _STREAM, content))
        else:
            entries.append(_DirectoryEntry(name, _STORAGE, start=0))
            _collect_storage_entries(content, members[-1], entries)
    deepest = len(members).bit_length() - 1  # the last level of a balanced tree; it may be incomplete
    entries[owner].child = _link_balanced_tree(members, entries, 0, deepest)


def _make_directory_key(name: str) -> tuple[int, str]:
    """Return the key by which siblings are ordered: shorter names first, then upper-cased (2.6.4)."""
    return len(name.encode("utf-16-le")), name.upper()


def _link_balanced_tree(members: Sequence[int], entries: list[_DirectoryEntry], level: int, deepest: int) -> int:
    """Link `members` as a balanced tree whose last level is red: a valid red-black tree (2.6.4)."""
    if not members:
        return _NO_STREAM
    middle = len(members) // 2
    entry = entries[members[middle]]
    entry.colour = _RED if level == deepest > 0 else _BLACK
    entry.left = _link_balanced_tree(members[:middle], entries, level + 1, deepest)
    entry.right = _link_balanced_tree(members[middle + 1 :], entries, level + 1, deepest)
    return members[middle]
