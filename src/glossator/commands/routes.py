"""`glossator routes`: every address that is served; starts nothing."""

import click
from quart import Quart

from glossator.app import BLUEPRINTS

_HIDDEN = frozenset({"HEAD", "OPTIONS"})


@click.command()
def routes() -> None:
    """List every route with its methods."""
    app = Quart("glossator", static_folder=None)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        methods = ", ".join(sorted((rule.methods or set()) - _HIDDEN))
        click.echo(f"{methods:<8} {rule.rule}")
