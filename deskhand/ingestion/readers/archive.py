"""Whether a ZIP-based office file may be opened: what it declares is looked at before anything is unpacked."""

from __future__ import annotations

import io
import zipfile

from deskhand.errors import Unreadable

MOST_ENTRIES = 20_000
MOST_BYTES = 1 << 30
MOST_RATIO = 200
FROM_BYTES = 64 << 20
"""Below this many unpacked bytes a high ratio is harmless (a sheet of zeros)."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def checked(data: bytes, needed: str) -> io.BytesIO:
    """`data` to be opened, when it is a ZIP with the part `needed` in it and no bomb. Raises `Unreadable`."""
    if data.startswith(OLE):
        raise Unreadable("encrypted: the file asks for a password (or is of the format before 2007); save it anew")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise Unreadable("malformed: the file is damaged or cut short; open it and save it again") from None
    _weighed(entries, len(data))
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Unreadable("encrypted: the archive asks for a password; save it without one")
    if needed not in {entry.filename for entry in entries}:
        raise Unreadable(f"malformed: the part {needed} is missing; open it and save it again")
    return io.BytesIO(data)


def _weighed(entries: list[zipfile.ZipInfo], packed: int) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Unreadable(f"too large: the archive has {len(entries)} entries, at most {MOST_ENTRIES} are opened")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_BYTES or (unpacked > FROM_BYTES and unpacked > MOST_RATIO * max(1, packed)):
        raise Unreadable(
            f"too large: a ZIP bomb, {packed} bytes would unpack to {unpacked} (at most {MOST_BYTES >> 20} MB "
            f"and {MOST_RATIO} times)"
        )
