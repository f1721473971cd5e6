"""E-mail addresses: lower-case for new accounts, looked up by the hash that the existing deployment uses too."""

import hashlib
import re
from typing import Final

from glossator.domain.accounts.errors import EmailRefused

MAX_NEW_LENGTH: Final = 254
MAX_STORED_LENGTH: Final = 512
_NEW: Final = re.compile(
    r"(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}"
)
_OLD: Final = re.compile(r"[^\s@]+@[^\s@]+")


def new_email(email: str) -> str:
    """The address in lower case, validated by the official server's rule. Raises EmailRefused."""
    if len(email) > MAX_NEW_LENGTH or not _NEW.fullmatch(email):
        raise EmailRefused
    return email.lower()


def known_email(email: str) -> str:
    """The text in lower case; otherwise any text, as in the existing deployment. Raises EmailRefused."""
    known = email.lower()
    if not 0 < len(known) <= MAX_STORED_LENGTH or not is_text(known):
        raise EmailRefused
    return known


def is_address(email: str) -> bool:
    """Applies a looser rule than `new_email`."""
    return _OLD.fullmatch(email) is not None


def email_hash(email: str) -> str:
    """Lower-case hex SHA-256 of the lower-case address, untrimmed."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def is_text(text: str) -> bool:
    """False for lone surrogates, which cannot be encoded or stored."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
