"""Three kinds of bearer, told apart by their dots: none in a raw session token, one in a signed one, two in a JWT."""

from enum import Enum

from glossator.domain.accounts.errors import InvalidToken


class BearerKind(Enum):
    RAW = 0
    SIGNED = 1
    JWT = 2


def bearer_kind(bearer: str) -> BearerKind:
    """Raises InvalidToken."""
    dots = bearer.count(".")
    if dots > BearerKind.JWT.value:
        raise InvalidToken
    return BearerKind(dots)
