"""The compression of VBA streams ([MS-OVBA] 2.4.1): chunks of 4096 bytes, literals and copies of earlier bytes."""

from __future__ import annotations

import struct
from typing import Final

_CHUNK: Final = 4096
_SIGNATURE: Final = 0x01  # 2.4.1.1.1: the first byte of every container
_COMPRESSED: Final = 0xB000  # 2.4.1.1.5: signature 0b011 and the flag "compressed"
_RAW: Final = 0x3000
_CANDIDATES: Final = 48  # earlier places tried for each copy: enough for text, and keeps the time linear


def compress(data: bytes) -> bytes:
    """Return `data` as a compressed container (2.4.1.3.6).

    A chunk that does not get smaller is stored as it is, filled up with zeros to 4096 bytes (2.4.1.3.10): for a last,
    shorter chunk the zeros would become part of the text, which the caller has to check.
    """
    chunks = [bytes([_SIGNATURE])]
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        packed = _compress_chunk(chunk)
        if len(packed) > _CHUNK:
            chunks.append(struct.pack("<H", _RAW | (_CHUNK - 1)) + chunk.ljust(_CHUNK, b"\0"))
        else:
            chunks.append(struct.pack("<H", _COMPRESSED | (len(packed) - 1)) + packed)
    return b"".join(chunks)


def _compress_chunk(chunk: bytes) -> bytes:
    packed = bytearray()
    places: dict[bytes, list[int]] = {}
    position = 0
    while position < len(chunk):
        flag_at, flags = len(packed), 0
        packed.append(0)
        for bit in range(8):
            if position >= len(chunk):
                break
            offset, length = _find_longest_copy(chunk, position, places)
            if length >= 3:
                flags |= 1 << bit
                packed += _pack_copy_token(position, offset, length)
            else:
                length = 1
                packed.append(chunk[position])
            for passed in range(position, position + length):
                places.setdefault(chunk[passed : passed + 3], []).append(passed)
            position += length
        packed[flag_at] = flags
    return bytes(packed)


def _find_longest_copy(chunk: bytes, position: int, places: dict[bytes, list[int]]) -> tuple[int, int]:
    """Return (offset back, length) of the longest earlier match at `position`; length 0 when there is none."""
    limit = min(_find_copy_masks(position)[1] + 3, len(chunk) - position)
    best_offset, best_length = 0, 0
    for place in reversed(places.get(chunk[position : position + 3], [])[-_CANDIDATES:]):
        length = 3 if limit >= 3 else 0
        while length < limit and chunk[place + length] == chunk[position + length]:
            length += 1
        if length > best_length:
            best_offset, best_length = position - place, length
    return best_offset, best_length


def _find_copy_masks(position: int) -> tuple[int, int]:
    """Return the bits of a copy's offset, and the mask of its length, `position` bytes into a chunk (2.4.1.3.19.1)."""
    bits = max(4, (position - 1).bit_length())
    return bits, 0xFFFF >> bits


def _pack_copy_token(position: int, offset: int, length: int) -> bytes:
    bits, _ = _find_copy_masks(position)
    return struct.pack("<H", (offset - 1) << (16 - bits) | (length - 3))


def decompress(container: bytes) -> bytes:
    """Return the bytes of a compressed container (2.4.1.3.1).

    Raises
    ------
    ValueError
        When the container or a chunk does not carry its signature.
    """
    if container[:1] != bytes([_SIGNATURE]):
        raise ValueError("not a compressed container: the signature byte is missing")
    data = bytearray()
    position = 1
    while position < len(container):
        (header,) = struct.unpack_from("<H", container, position)
        if (header >> 12) & 0x7 != 0b011:
            raise ValueError(f"the chunk at {position} has no signature")
        end = position + (header & 0x0FFF) + 3
        body = container[position + 2 : end]
        data += _decompress_chunk(body) if header & 0x8000 else body
        position = end
    return bytes(data)


def _decompress_chunk(body: bytes) -> bytes:
    chunk = bytearray()
    position = 0
    while position < len(body):
        flags = body[position]
        position += 1
        for bit in range(8):
            if position >= len(body):
                break
            if flags >> bit & 1:
                (token,) = struct.unpack_from("<H", body, position)
                bits, mask = _find_copy_masks(len(chunk))
                offset = (token >> (16 - bits)) + 1
                for _ in range((token & mask) + 3):
                    chunk.append(chunk[-offset])
                position += 2
            else:
                chunk.append(body[position])
                position += 1
    return bytes(chunk)
