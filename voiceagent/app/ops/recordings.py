"""Files that hold what callers said, beside the database: found by the name of a call, and by age.

A recording lies under the state folder's `FOLDER`, anywhere, and has the CallSid or the id of its
call in its name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = "recordings"
_READ_BYTES: Final = 1 << 20


def of_calls(folder: Path, names: Collection[str]) -> list[Path]:
    """Recordings of calls, by CallSid or id."""
    wanted = [name for name in names if name]
    return [file for file in _files(folder) if any(name in file.name for name in wanted)]


def older_than(folder: Path, before_s: float) -> list[Path]:
    """Recordings that were last written before a moment (seconds of the epoch)."""
    return [file for file in _files(folder) if file.stat().st_mtime < before_s]


def remove(files: Collection[Path]) -> int:
    """Remove files; how many. One that somebody else has removed meanwhile is no matter.

    Raises:
        OSError: one cannot be removed.
    """
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def files_with(folder: Path, texts: Collection[str], *, but: Path) -> list[Path]:
    """Files under a folder, or the file, in which one of the texts stands; none under `but`."""
    sought = [text.encode() for text in texts if text]
    looked_at = (file for file in _files(folder) if but not in file.parents)
    return [file for file in looked_at if _holds(file, sought)]


def _holds(file: Path, sought: Collection[bytes]) -> bool:
    longest = max(map(len, sought), default=0)
    rest = b""
    try:
        with file.open("rb") as stream:
            while piece := stream.read(_READ_BYTES):
                window = rest + piece
                if any(text in window for text in sought):
                    return True
                rest = window[-longest:]
    except OSError:  # not ours to read: it is told by nobody that we wrote there
        return False
    return False


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
        return
    yield from (file for file in sorted(folder.rglob("*")) if file.is_file())
