"""The commands that run a server, or describe one."""

from pathlib import Path

import click

from glossator.commands.deferred import runs


@click.command(short_help="Start the server.")
@runs("server.process:serve")
def serve() -> None:
    """Start all services and the HTTP server.

    Settings come from the environment, .env and settings.toml.
    """


@click.command(short_help="Run everything on this machine; reload the book when it changes.")
@click.option(
    "--docs",
    type=click.Path(exists=True, path_type=Path),
    help="Folder with the book (default: DOCS_PATH). Replaces another book in the data folder.",
)
@click.option("--port", type=click.IntRange(1024, 65535), help="Port to listen on (default: PORT).")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder (default: DATA_PATH).")
@click.option("--reset", is_flag=True, help="Delete the index and the database first.")
@click.option("--new-book", is_flag=True, help="Allow the book in DOCS_PATH to replace another one.")
@runs("dev:dev")
def dev() -> None:
    """Run everything on this machine: load the book, reload it when it changes, and serve it.

    Needs no account and no key. With OPENAI_API_KEY or OPENAI_BASE_URL set, that model generates the answers.

    After an upgrade the book is built again while the old build is served. A replaced book can be restored with
    `glossator ingest --rollback`.
    """


@click.command(short_help="Check the settings and every service; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@runs("check.command:check")
def check() -> None:
    """Check the settings and every service; report problems and fixes. Changes nothing.

    A model that costs money is asked for one vector and one short answer. With SITE_URL, one page of the published book
    is opened and one anchor is looked for.

    Exits with 0 when everything works (warnings allowed), 69 when a service fails and 78 when settings are invalid.
    """


@click.command(short_help="List all routes with their methods.")
@runs("routes:routes")
def routes() -> None:
    """List all routes with their methods."""


@click.command(short_help="Write the component's files, to host them beside a site.")
@click.argument("out", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--backend", default="https://BACKEND", metavar="URL", help="Address of the backend in the printed lines."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@runs("widget:widget")
def widget() -> None:
    """Write the component's files into the folder OUT, to host them beside your site.

    Your site then shows the component even while the backend sleeps. Without OUT, nothing is written and the printed
    lines load the script from the backend. Their integrity value pins this version: print them again after an upgrade.

    Exits with 1 when a file cannot be written.
    """
