"""Serves a built site as a web server that knows Markdown does: for `Accept: text/markdown` the file that
`glossator llms` wrote beside the page."""

from pathlib import Path
from typing import Final

from quart import Quart, Response, abort, request, send_from_directory

CACHE_SECONDS: Final = 300
TYPES: Final = {".md": "text/markdown", ".txt": "text/plain"}


def site_app(root: Path) -> Quart:
    app = Quart("published_site", static_folder=None)

    async def page(path: str = "") -> Response:
        name = next((name for name in names_of(path) if (root / name).is_file()), None)
        if name is None:
            abort(404)
        response = await send_from_directory(root, name, mimetype=TYPES.get(Path(name).suffix))
        response.cache_control.max_age = CACHE_SECONDS
        response.vary.add("Accept")
        return response

    app.add_url_rule("/", "root", page)
    app.add_url_rule("/<path:path>", "page", page)
    return app


def names_of(path: str) -> list[str]:
    """The files to try for a path, the best one first."""
    pages = [path, f"{path}.html", f"{path}/index.html".lstrip("/")]
    markdown = f"{path.rstrip('/') or 'index'}.md"
    wants_markdown = request.accept_mimetypes.best_match(["text/html", "text/markdown"]) == "text/markdown"
    return [markdown, *pages] if wants_markdown else pages
