"""Reading zip archives that may lie: every number in the directory is checked before anything is read.

Only what weight files need is read: members stored as they are, which are views of the file, or deflated.
Two members of one name, members that overlap or that lie on another disk mean different things to different
programs, so they are refused. Source of the format: PKWARE's APPNOTE 6.3.10.
"""

import dataclasses
import struct
import zlib
from collections.abc import Iterator

import numpy as np

from ganjax.convert.limits import SPARE, Allowance
from ganjax.convert.unpickle import brief
from ganjax.core.errors import CheckpointError

_LOCAL, _ENTRY, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR = b"PK\x06\x06", b"PK\x06\x07"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZES_FOLLOW = 0x1 | 0x40 | 0x2000, 0x8  # bits of the flags
_IN_EXTRA = 0xFFFFFFFF  # a size or place that stands in the extra field of zip64
_MEMBERS, _CHUNK = 1 << 15, 1 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class _Member:
    """A member: where its bytes are in the archive, how many they are inflated, and their checksum."""

    start: int
    stored: int
    size: int
    method: int
    checksum: int


class ZipFile:
    """The members of the archive in `data`, by name.

    Raises:
      CheckpointError: an archive that is damaged, or that has what weight files do not have: encrypted
        members, members that overlap or have one name, or names that lead out of a folder.
    """

    def __init__(self, data: memoryview):
        self._data = data
        self._inflate = Allowance(2 * len(data) + SPARE, "bytes of inflated members")
        start, end, count = _directory(data)
        if count > _MEMBERS:
            raise CheckpointError(f"its archive has {count:,} members; {_MEMBERS:,} are read at most")
        self._members: dict[str, _Member] = {}
        places, at = [], start
        for _ in range(count):
            name, place, member, at = _entry(data, at, end)
            if name in self._members:
                raise CheckpointError(f"its archive has two members {brief(name)}")
            self._members[name] = _local(data, place, name, member)
            places.append((place, self._members[name].start + member.stored))
        if at != end:
            raise CheckpointError("the directory of its archive has another size than it says")
        places.sort()
        for (_, stop), (following, _) in zip(places, [*places[1:], (start, start)], strict=True):
            if stop > following:
                raise CheckpointError("members of its archive overlap; it may be an attack")

    def names(self) -> list[str]:
        """The names of all members."""
        return list(self._members)

    def size(self, name: str) -> int:
        """The bytes of a member once inflated.

        Raises:
          CheckpointError: there is no such member.
        """
        if name not in self._members:
            raise CheckpointError(f"its archive has no member {brief(name)}")
        return self._members[name].size

    def read(self, name: str) -> memoryview:
        """The bytes of a member: a view of the archive if it is stored, else inflated.

        Raises:
          CheckpointError: there is no such member, or it is not what the directory says.
        """
        size, member = self.size(name), self._members[name]
        data = self._data[member.start : member.start + member.stored]
        if member.method == _DEFLATED:
            self._inflate.take(size)
            data = _inflated(data, size, name)
        if member.checksum not in (0, zlib.crc32(data)):  # torch.save may be told to leave it 0
            raise CheckpointError(
                f"member {brief(name)} fails its checksum: the file is damaged; fetch it again"
            )
        return data


def _directory(data: memoryview) -> tuple[int, int, int]:
    """Where the directory of members starts and ends, and how many they are."""
    at = len(data) - 22
    if at < 0 or data[at : at + 4] != _END:
        raise CheckpointError("its archive does not end with a directory: it is cut short")
    disk, first, here, count, size, start, comment = struct.unpack_from("<4H2LH", data, at + 4)
    disks, end = 1, at
    if at >= 76 and data[at - 20 : at - 16] == _LOCATOR:
        _, end, disks = struct.unpack_from("<LQL", data, at - 16)
        if end != at - 76 or data[end : end + 4] != _END64:
            raise CheckpointError("the large directory of its archive is not where it is said to be")
        _, _, _, disk, first, here, count, size, start = struct.unpack_from("<Q2H2L4Q", data, end + 4)
    if disk or first or disks != 1 or comment or here != count or start + size != end:
        raise CheckpointError("the end of its archive is not as its directory says")
    return start, end, count


def _entry(data: memoryview, at: int, end: int) -> tuple[str, int, _Member, int]:
    """The entry at `at` of the directory: name and place of the member, the member, the end of the entry."""
    if at + 46 > end or data[at : at + 4] != _ENTRY:
        raise CheckpointError("the directory of its archive is damaged")
    flags, method, checksum, stored, size, name_length, extra_length, comment_length, disk, place = (
        struct.unpack_from("<2H4x3L4H6xL", data, at + 8)
    )
    at += 46
    name, extra = data[at : at + name_length], data[at + name_length : at + name_length + extra_length]
    at += name_length + extra_length + comment_length
    if at > end:
        raise CheckpointError("the directory of its archive is damaged")
    large = _large(extra)
    size, stored, place = (next(large, -1) if each == _IN_EXTRA else each for each in (size, stored, place))
    title = _checked_name(bytes(name))
    if flags & _ENCRYPTED:
        raise CheckpointError(f"member {brief(title)} is encrypted, which is not read")
    if method not in (_STORED, _DEFLATED) or (method == _STORED and stored != size):
        raise CheckpointError(f"member {brief(title)} is neither stored nor deflated, or of two sizes")
    if disk or min(size, stored, place) < 0:
        raise CheckpointError(f"member {brief(title)} has no size or is not in this file")
    return title, place, _Member(-1, stored, size, method, checksum), at


def _large(extra: memoryview) -> Iterator[int]:
    """The numbers of the extra field of zip64, which stands among other fields."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            yield from (number for (number,) in struct.iter_unpack("<Q", extra[4 : 4 + length // 8 * 8]))
        extra = extra[4 + length :]


def _checked_name(name: bytes) -> str:
    text = name.decode()
    parts = text.removesuffix("/").split("/")
    if {"", ".", ".."} & set(parts) or "\\" in text or "\0" in text or text[1:2] == ":":
        raise CheckpointError(
            f"its archive has a member {brief(text)}, which leads out of it; it may be an attack"
        )
    return text


def _local(data: memoryview, place: int, name: str, member: _Member) -> _Member:
    """The member with the start of its bytes, behind a header that says the same as the directory."""
    if place + 30 > len(data) or data[place : place + 4] != _LOCAL:
        raise CheckpointError(f"member {brief(name)} is not where the directory says")
    flags, method, _, stored, size, name_length, extra_length = struct.unpack_from(
        "<2H4x3L2H", data, place + 6
    )
    told = flags & _SIZES_FOLLOW or (
        stored in (member.stored, _IN_EXTRA) and size in (member.size, _IN_EXTRA)
    )
    same = method == member.method and data[place + 30 : place + 30 + name_length] == name.encode()
    if not (told and same) or flags & _ENCRYPTED:
        raise CheckpointError(f"member {brief(name)} and the directory say different things")
    return dataclasses.replace(member, start=place + 30 + name_length + extra_length)


def _inflated(data: memoryview, size: int, name: str) -> memoryview:
    """`data` inflated: `size` bytes, or an error as soon as they are more."""
    inflater, result, filled = zlib.decompressobj(-zlib.MAX_WBITS), np.empty(size, np.uint8), 0
    try:
        for start in range(0, len(data), _CHUNK):
            waiting: memoryview | bytes = data[start : start + _CHUNK]
            while waiting and not inflater.eof:
                piece = inflater.decompress(waiting, _CHUNK)
                waiting = inflater.unconsumed_tail
                result[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
                filled += len(piece)
    except (zlib.error, ValueError) as error:  # ValueError: it does not fit
        raise CheckpointError(
            f"member {brief(name)} cannot be inflated to {size:,} bytes: {error}"
        ) from error
    if filled != size or not inflater.eof:
        raise CheckpointError(f"member {brief(name)} inflates to {filled:,} bytes, not {size:,}")
    return result.data
