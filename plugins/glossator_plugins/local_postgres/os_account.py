"""The account that runs the server: PostgreSQL does not run as root, so root uses an unprivileged account.

Root uses the account that owns the data, else `postgres`, else `nobody`. Other users run the server themselves.
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
class OSAccount:
    """`dropped`: this process runs as root, and the server under another account."""

    name: str
    uid: int
    gid: int
    dropped: bool


def account_for(cluster: Path) -> OSAccount:
    """Raises ServiceError without an account that PostgreSQL accepts."""
    own = os.geteuid()
    if own != ROOT:
        entry = find_uid(own)
        if entry is None:
            raise ServiceError(
                f"user id {own} has no name on this machine, and PostgreSQL requires one - add it to /etc/passwd, or "
                "run as a user with a name"
            )
        return OSAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped=False)
    entry = owner(cluster) or next(filter(None, map(find_name, ACCOUNTS)), None)
    if entry is None:
        raise ServiceError(
            "PostgreSQL does not run as root, and neither postgres nor nobody exists - run as a normal user"
        )
    return OSAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped=True)


def owner(cluster: Path) -> pwd.struct_passwd | None:
    """None when root or an unknown account owns it."""
    try:
        uid = cluster.stat().st_uid
    except FileNotFoundError:
        return None
    return find_uid(uid) if uid != ROOT else None


def find_uid(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def find_name(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def can_reach(account: OSAccount, path: Path) -> bool:
    """Whether the account may enter all parent folders. Checks permission bits only, not access lists."""
    try:
        return not account.dropped or all(may_enter(account, parent.stat()) for parent in path.resolve().parents)
    except FileNotFoundError:
        return False


def may_enter(account: OSAccount, folder: os.stat_result) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def change_owner(folder: Path, account: OSAccount) -> None:
    """Makes the account the owner of the folder and its contents; parent folders stay unchanged."""
    if not account.dropped or folder.stat().st_uid == account.uid:
        return
    for path in (*folder.rglob("*"), folder):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
