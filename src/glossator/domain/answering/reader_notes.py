"""What is known of the reader who asks: it shapes tone and depth of an answer, never its facts."""

from glossator.domain.accounts.account import Account
from glossator.domain.quotation import notes


def reader_notes(account: Account) -> str:
    """Texts for quotation, one a line, each cut; empty when the reader says nothing of himself."""
    profile = account.profile
    return notes(
        (
            ("Level", account.proficiency),
            ("Background", profile.technical_background if profile else ""),
            ("Hardware", profile.hardware_access if profile else ""),
            ("Goals", profile.learning_goals if profile else ""),
        )
    )
