"""Services that are made when they are first asked for."""

from decimal import Decimal
from fractions import Fraction

import pytest

from glossator.kernel.services import Services


def half(services: Services) -> Fraction:
    return Fraction(services.get(Decimal))


def test_a_service_for_later_is_made_once_from_the_others() -> None:
    services = Services()
    services.provide_later("fractions:Fraction", f"{__name__}:half")
    assert Fraction in services

    services.provide(Decimal, Decimal("0.5"))

    assert services.get(Fraction) == Fraction(1, 2)
    assert services.get(Fraction) is services.get(Fraction)


def test_a_type_that_nobody_provides_is_named() -> None:
    with pytest.raises(LookupError, match="no running service provides Fraction"):
        Services().get(Fraction)
