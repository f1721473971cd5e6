"""Converts account rows to plain text; encrypted fields are decrypted only here."""

import logging
from collections.abc import Sequence
from typing import Final, Protocol

from glossator.domain.accounts.account import Account, Profile
from glossator.domain.ports.database import Row

log = logging.getLogger(__name__)

ACCOUNT_COLUMNS: Final = """
SELECT a.id, a.email, a.email_hash, a.name, a.password_hash, a.proficiency, a.email_verified IS TRUE AS email_verified,
    a.is_active IS NOT FALSE AS is_active, coalesce(a.created_at, 'epoch') AS created_at,
    coalesce(a.updated_at, a.created_at, 'epoch') AS updated_at, d.image, d.tokens_valid_from,
    p.id AS profile_id, p.technical_background, p.hardware_access, p.learning_goals"""
ACCOUNT_TABLES: Final = """
FROM users a
LEFT JOIN glossator.accounts d ON d.account_id = a.id
LEFT JOIN LATERAL (
    SELECT * FROM user_profiles WHERE user_id = a.id ORDER BY updated_at DESC NULLS LAST, id LIMIT 1
) p ON true
"""
"""In the existing deployment an account can have two profiles; the newer one is used."""


class FieldCipher(Protocol):
    """Encrypts fields at rest; without a key they stay plain text."""

    @property
    def key_id(self) -> str | None:
        """None without a key."""
        ...

    @property
    def keys(self) -> "Sequence[FieldCipher]":
        """One cipher for each key that can decrypt; the first one encrypts."""
        ...

    def encrypt(self, text: str) -> str: ...

    def decrypt(self, field: str) -> str | None:
        """A plain field unchanged; None for one that this key cannot decrypt."""
        ...


class AccountFields:
    """Logs an account whose fields cannot be decrypted only once, until `max_logged` other accounts were logged."""

    def __init__(self, cipher: FieldCipher, *, max_logged: int = 1000) -> None:
        self.cipher = cipher
        self._max_logged = max_logged
        self._logged: set[str] = set()

    def account(self, row: Row) -> Account:
        """From a row with ACCOUNT_COLUMNS."""
        return Account(
            id=row["id"],
            email=self.decrypt(row["id"], row["email"]),
            name=self.decrypt(row["id"], row["name"]),
            password_hash=row["password_hash"],
            proficiency=row["proficiency"] or "pro",
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            email_verified=row["email_verified"],
            is_active=row["is_active"],
            image=row["image"],
            profile=None if row["profile_id"] is None else self.profile(row["id"], row),
            tokens_valid_from=row["tokens_valid_from"],
            email_hash=row["email_hash"],
        )

    def profile(self, account_id: str, row: Row) -> Profile:
        return Profile(
            technical_background=self.decrypt(account_id, row["technical_background"]),
            hardware_access=self.decrypt(account_id, row["hardware_access"]),
            learning_goals=self.decrypt(account_id, row["learning_goals"]),
        )

    def decrypt(self, account_id: str, field: str | None) -> str:
        """Empty for an empty field and for one that cannot be decrypted."""
        text = self.cipher.decrypt(field or "")
        if text is None and account_id not in self._logged:
            if len(self._logged) >= self._max_logged:
                self._logged.clear()
            self._logged.add(account_id)
            log.error("field_not_opened: account %s has a field that the encryption key cannot decrypt", account_id)
        return text or ""
