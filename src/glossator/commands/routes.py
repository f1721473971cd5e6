"""`glossator routes`: lists the routes without starting a service."""

import click

from glossator.app import BLUEPRINTS
from glossator.web.http.context import WebApp

_HIDDEN = frozenset({"HEAD", "OPTIONS"})


@click.command()
def routes() -> None:
    """List all routes with their methods."""
    for methods, rule in served_routes():
        click.echo(f"{', '.join(methods):<8} {rule}")


def served_routes() -> list[tuple[list[str], str]]:
    """Methods and rule of each route, sorted by rule."""
    app = WebApp()
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    return [(sorted((rule.methods or set()) - _HIDDEN), rule.rule) for rule in rules]
