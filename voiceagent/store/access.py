"""Which account the embedded server runs as, and what that account may reach.

PostgreSQL refuses to run as root. The rules here open as little as possible: folders above the data
and the binaries become passable, not listable; the data folder stays closed to everyone else.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from loguru import logger

from voiceagent.errors import OwnerFixable

NAME = "pgserver"
"""The account made for the server when root starts it."""


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """Who the server runs as; `uid` and `gid` are ``None`` for whoever we are."""

    uid: int | None = None
    gid: int | None = None


def ensure_account() -> pwd.struct_passwd:
    """The unprivileged account, made when this machine has none."""
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is not None:
        options = ("--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME)
        # Another starter, with another state folder, may make the account at the same time.
        subprocess.run([useradd, *options], check=False, capture_output=True)  # noqa: S603
    try:
        return pwd.getpwnam(NAME)
    except KeyError as error:
        raise OwnerFixable(
            "database.account",
            f"PostgreSQL cannot run as root and the account {NAME!r} could not be made.",
            where="run as a normal user, or set DATABASE_URL",
        ) from error


def _allowed(path: Path, account: ServerAccount, bits: int) -> bool:
    """Whether the account has the permission `bits` (rwx as 4, 2, 1) on a file or folder."""
    found = path.stat()
    if found.st_uid == account.uid:
        return (found.st_mode >> 6) & bits == bits
    if found.st_gid == account.gid:
        return (found.st_mode >> 3) & bits == bits
    return found.st_mode & bits == bits


def let_through(path: Path, account: ServerAccount) -> None:
    """Let the account pass every folder above `path`; what is in them stays unlisted."""
    for folder in path.parents:
        if not _allowed(folder, account, 1):
            logger.warning("database.folder_opened: account {!r} may pass through {}", NAME, folder)
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)


def let_read(tree: Path, account: ServerAccount) -> None:
    """Let the account use the programs, also where they were installed for one user only."""
    let_through(tree, account)
    for path in (tree, *tree.rglob("*")):
        mode = path.stat().st_mode
        needed = 5 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 4
        if not _allowed(path, account, needed):
            path.chmod(mode | needed)


def make_private(folder: Path, account: ServerAccount) -> None:
    """Make a socket folder in a shared place, trusting only one that is ours alone."""
    uid = os.geteuid() if account.uid is None else account.uid
    # A folder of our own that is not the account's yet was left by a start that was killed here.
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if account.uid is not None and account.gid is not None and _is_ours(folder):
        os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise OwnerFixable(
            "database.socket", "The socket folder belongs to someone else.", where=str(folder)
        )


def _is_ours(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
