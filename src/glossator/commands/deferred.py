"""Declares commands without what they do, so that `--help` is quick: most of them load the app."""

from collections.abc import Callable
from functools import wraps

import click

from glossator.kernel import deferred


def runs(place: str) -> Callable[[Callable[[], None]], Callable[..., None]]:
    """`place` is a module of this package and its function, which is imported when the command runs.

    The function gets the parameters of the command by name. The context's `obj`, if there is one, is called before it.
    """

    def declare(documented: Callable[[], None]) -> Callable[..., None]:
        @wraps(documented)
        def run(**given: object) -> None:
            work = load(place)
            interrupts = click.get_current_context().obj
            if interrupts is not None:
                interrupts()
            work(**given)

        vars(run)["place"] = place
        return run

    return declare


def load(place: str) -> Callable[..., None]:
    work: Callable[..., None] = deferred.load(f"{__package__}.{place}")
    return work
