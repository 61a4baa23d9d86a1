"""Finds out that an H.264 stream lacks a picture to which later ones refer.

A decoder conceals that: it goes on with what it has, and every later picture is smeared until the next key frame.
None of them is marked. But reference pictures are numbered (`frame_num`; ITU-T H.264, 7.4.3), so a lost one shows.
"""

from __future__ import annotations

from collections.abc import Iterator

_SLICE, _IDR, _SPS = 1, 5, 7
_HIGH_PROFILES = frozenset((44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244))
_HEADER = 24
"""Bytes within which a slice says its number."""
_WRONG_AT_ONCE = 3
"""Groups of pictures in a row whose first two numbers do not fit: this encoder numbers in a way of its own."""


class ReferenceCheck:
    """Follows the numbers of one stream's reference pictures.

    Args:
        extradata: the container's codec parameters, as FFmpeg gives them; they say how packets are laid out.
    """

    def __init__(self, extradata: bytes | None) -> None:
        self._length_size = 0
        self._bits: int | None = None
        self._separate = False
        self._last: int | None = None
        self._since_key = 0
        self._wrong = 0
        if extradata and extradata[0] == 1 and len(extradata) > 6:  # avcC (ISO/IEC 14496-15)
            self._length_size = (extradata[4] & 3) + 1
            self._read_parameters(extradata[8:])
        elif extradata:
            for unit in _after_start_codes(extradata):
                self._read_parameters(unit)

    def restart(self) -> None:
        """Packets were left out on purpose: the next one begins anew."""
        self._last = None

    def lacks(self, packet: bytes, is_key: bool) -> bool:
        """Whether pictures are missing to which this packet's picture may refer. It is to see every packet."""
        units = _by_length(packet, self._length_size) if self._length_size else _after_start_codes(packet)
        for unit in units:
            kind = unit[0] & 31
            if kind == _SPS:
                self._read_parameters(unit)
            elif kind in (_SLICE, _IDR):
                return self._follow(unit, is_key or kind == _IDR)
        return False

    def _follow(self, unit: bytes, is_key: bool) -> bool:
        if self._bits is None or self._wrong >= _WRONG_AT_ONCE:
            return False
        reader = _Bits(unit[1:_HEADER])
        try:
            for _ in range(3):  # first macroblock, type, parameter set
                reader.exp_golomb()
            if self._separate:
                reader.take(2)
            number = reader.take(self._bits)
        except IndexError:
            return False
        last = self._last
        if unit[0] & 0x60 or is_key:
            self._last = number
        if is_key:
            self._since_key = 0
            return False
        self._since_key += 1
        lacks = last is not None and number not in (last, (last + 1) % (1 << self._bits))
        if self._since_key == 1:
            self._wrong = self._wrong + 1 if lacks else 0
        return lacks

    def _read_parameters(self, unit: bytes) -> None:
        """Take over a sequence parameter set (7.3.2.1.1); one that cannot be read, or allows gaps, ends the check."""
        reader = _Bits(unit[1:])
        try:
            self._bits, self._separate = _frame_number(reader)
        except IndexError:
            self._bits = None


def _frame_number(reader: _Bits) -> tuple[int | None, bool]:
    """Bits of `frame_num`, None where gaps in it are allowed; and whether colour planes are coded separately."""
    profile, _, _ = reader.take(8), reader.take(16), reader.exp_golomb()
    separate = False
    if profile in _HIGH_PROFILES:
        chroma = reader.exp_golomb()
        separate = chroma == 3 and bool(reader.take(1))
        reader.exp_golomb(), reader.exp_golomb(), reader.take(1)
        if reader.take(1):
            for number in range(12 if chroma == 3 else 8):
                if reader.take(1):
                    _skip_scaling_list(reader, 16 if number < 6 else 64)
    bits = reader.exp_golomb() + 4
    order = reader.exp_golomb()
    if order == 0:
        reader.exp_golomb()
    elif order == 1:
        reader.take(1), reader.exp_golomb(), reader.exp_golomb()
        for _ in range(min(reader.exp_golomb(), 255)):
            reader.exp_golomb()
    reader.exp_golomb()
    return (None if reader.take(1) or bits > 16 else bits), separate


def _skip_scaling_list(reader: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            code = reader.exp_golomb()
            following = (last + (-(code // 2) if code % 2 == 0 else (code + 1) // 2)) % 256
        last = following or last


class _Bits:
    """Reads bits of a unit, most significant first, without the bytes that keep start codes from occurring in it.

    Raises IndexError beyond the end.
    """

    def __init__(self, data: bytes) -> None:
        plain = data.replace(b"\0\0\3", b"\0\0")
        self._value, self._left = int.from_bytes(plain, "big"), 8 * len(plain)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise IndexError
        return self._value >> self._left & (1 << count) - 1

    def exp_golomb(self) -> int:
        """An unsigned number in Exp-Golomb code (9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.take(zeros)


def _by_length(data: bytes, size: int) -> Iterator[bytes]:
    at = 0
    while at + size < len(data):
        length = int.from_bytes(data[at : at + size], "big")
        at += size
        if length:
            yield data[at : at + length]
        at += length


def _after_start_codes(data: bytes) -> Iterator[bytes]:
    at = data.find(b"\0\0\1")
    while at >= 0:
        following = data.find(b"\0\0\1", at + 3)
        unit = data[at + 3 : following if following >= 0 else None]
        if unit:
            yield unit
        at = following
