"""E-mail addresses: lower-case for new accounts, known by a hash that the existing deployment made the same way."""

import hashlib
import re
from typing import Final

from glossator.domain.accounts.errors import EmailRefused

LONGEST: Final = 254
LONGEST_STORED: Final = 512
_NEW: Final = re.compile(
    r"(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}"
)
_OLD: Final = re.compile(r"[^\s@]+@[^\s@]+")


def new_email(email: str) -> str:
    """Lower-case, by the official server's rule. Raises EmailRefused."""
    if len(email) > LONGEST or not _NEW.fullmatch(email):
        raise EmailRefused
    return email.lower()


def known_email(email: str) -> str:
    """Lower-case, otherwise letter by letter: the existing deployment took any text. Raises EmailRefused."""
    known = email.lower()
    if not 0 < len(known) <= LONGEST_STORED or not is_text(known):
        raise EmailRefused
    return known


def is_address(email: str) -> bool:
    """By a looser rule than for new accounts."""
    return _OLD.fullmatch(email) is not None


def email_hash(email: str) -> str:
    """Lower-case hex SHA-256 of the lower-case address, untrimmed."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def is_text(text: str) -> bool:
    """False for lone surrogates, which no encoding and no column takes."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
