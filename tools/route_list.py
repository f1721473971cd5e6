"""Writes the routes of the app into `routes.txt`, which `glossator routes` prints: `make readme`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from glossator.app import BLUEPRINTS
from glossator.commands import routes
from glossator.web.http.context import WebApp

PATH: Final = Path(routes.__file__).with_name(routes.FILE)
HIDDEN: Final = frozenset({"HEAD", "OPTIONS"})


def lines() -> Iterator[str]:
    """Methods and rule of each route, sorted by rule."""
    app = WebApp()
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        yield f"{', '.join(sorted((rule.methods or set()) - HIDDEN)):<8} {rule.rule}\n"


if __name__ == "__main__":
    PATH.write_text("".join(lines()), "utf-8")
    sys.stdout.write(f"{PATH.name}: {sum(1 for _ in lines())} routes\n")
