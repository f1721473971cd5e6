"""What is known of the reader who asks: it shapes tone and depth of an answer, never its facts."""

from typing import Final

from glossator.domain.accounts.account import Account

NOTE_CHARACTERS: Final = 500


def reader_notes(account: Account) -> str:
    """Texts for quotation, one a line, each cut; empty when the reader says nothing of himself."""
    profile = account.profile
    told = (
        ("Level", account.proficiency),
        ("Background", profile.technical_background if profile else ""),
        ("Hardware", profile.hardware_access if profile else ""),
        ("Goals", profile.learning_goals if profile else ""),
    )
    return "\n".join(f"{name}: {text.strip()[:NOTE_CHARACTERS]}" for name, text in told if text.strip())
