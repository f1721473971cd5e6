"""`glossator routes`: prints `routes.txt`, which `make readme` writes, because loading the app takes a second."""

from importlib.resources import files
from typing import Final

import click

FILE: Final = "routes.txt"


def routes() -> None:
    click.echo(listed(), nl=False)


def listed() -> str:
    return files(__package__ or "").joinpath(FILE).read_text("utf-8")


def served_routes() -> list[tuple[list[str], str]]:
    """Methods and rule of each route, sorted by rule."""
    lines = (line.rpartition(" ") for line in listed().splitlines())
    return [(methods.strip().split(", "), rule) for methods, _, rule in lines]
