"""The command `glossator`; without a subcommand it serves."""

import click

from glossator.commands.accounts.command import accounts
from glossator.commands.cache import cache
from glossator.commands.check.command import check
from glossator.commands.context import ingest_desk
from glossator.commands.dev import dev
from glossator.commands.encrypt import encrypt_command
from glossator.commands.ingest.command import ingest_command
from glossator.commands.rewrite import rewrite
from glossator.commands.routes import routes
from glossator.commands.search import search
from glossator.commands.serve import serve


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="glossator", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Answers a reader's questions from one book and shows the passages that prove each answer."""
    if context.invoked_subcommand is None:
        context.invoke(serve)


for command in (
    serve, dev, ingest_command(ingest_desk), search, rewrite, cache, routes, check, accounts, encrypt_command,
):  # fmt: skip
    main.add_command(command)
