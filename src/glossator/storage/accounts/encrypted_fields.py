"""Between a row of an account and its plain text: sealed fields are opened here, and only here."""

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
"""The existing deployment does not keep an account from having two profiles: the newer one counts."""


class FieldCipher(Protocol):
    """Seals fields at rest; without a key it leaves them as they are."""

    @property
    def key_id(self) -> str | None:
        """None without a key."""
        ...

    @property
    def keys(self) -> "Sequence[FieldCipher]":
        """One sealer for each key that it opens, the one that it seals with first."""
        ...

    def encrypt(self, text: str) -> str: ...

    def decrypt(self, field: str) -> str | None:
        """A field that is not sealed as it is; None for one that this key does not open."""
        ...


class AccountFields:
    """An account whose field does not open is logged once, or each request would; after `most` others, once more."""

    def __init__(self, cipher: FieldCipher, *, most: int = 1000) -> None:
        self.cipher = cipher
        self._most = most
        self._logged: set[str] = set()

    def account(self, row: Row) -> Account:
        """Of a row with ACCOUNT_COLUMNS."""
        return Account(
            id=row["id"],
            email=self.opened(row["id"], row["email"]),
            name=self.opened(row["id"], row["name"]),
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
            technical_background=self.opened(account_id, row["technical_background"]),
            hardware_access=self.opened(account_id, row["hardware_access"]),
            learning_goals=self.opened(account_id, row["learning_goals"]),
        )

    def opened(self, account_id: str, field: str | None) -> str:
        """Empty when there is nothing, or when it does not open."""
        text = self.cipher.decrypt(field or "")
        if text is None and account_id not in self._logged:
            if len(self._logged) >= self._most:
                self._logged.clear()
            self._logged.add(account_id)
            log.error("field_not_opened: account %s has a field that the encryption key does not open", account_id)
        return text or ""
