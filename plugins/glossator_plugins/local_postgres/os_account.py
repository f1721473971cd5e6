"""Who runs the server: PostgreSQL refuses root, so root hands its data folder to an account without rights.

Root takes the account that owns the data already, else `postgres`, else `nobody`; anyone else runs it as themselves.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glossator.kernel.errors import ServiceError

ROOT: Final = 0
ACCOUNTS: Final = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """`dropped`: we are root and the server must not be."""

    name: str
    uid: int
    gid: int
    dropped: bool


def account_for(cluster: Path) -> Account:
    """Raises ServiceError when there is no account that PostgreSQL would run as."""
    own = os.geteuid()
    if own != ROOT:
        entry = named(own)
        if entry is None:
            raise ServiceError(
                f"the user id {own} has no name on this machine and PostgreSQL needs one - add a line for it to "
                "/etc/passwd, or run as a user that has one"
            )
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped=False)
    entry = owner(cluster) or next(filter(None, map(existing, ACCOUNTS)), None)
    if entry is None:
        raise ServiceError("PostgreSQL does not run as root and there is no other account - run as a normal user")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped=True)


def owner(cluster: Path) -> pwd.struct_passwd | None:
    """None when nobody but root, or nobody of a known name, owns it."""
    try:
        uid = cluster.stat().st_uid
    except FileNotFoundError:
        return None
    return named(uid) if uid != ROOT else None


def named(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def existing(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def reaches(account: Account, path: Path) -> bool:
    """Whether the account may walk to this path. Only permission bits count, access lists do not."""
    try:
        return not account.dropped or all(searchable(account, parent.stat()) for parent in path.resolve().parents)
    except FileNotFoundError:
        return False


def searchable(account: Account, folder: os.stat_result) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def hand_over(folder: Path, account: Account) -> None:
    """Give the folder and all in it to the account; the folders above stay as they are."""
    if not account.dropped or folder.stat().st_uid == account.uid:
        return
    for path in (*folder.rglob("*"), folder):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
