"""The `glossator` command. Without a subcommand it runs `serve`."""

import click

from glossator.commands.accounts.command import accounts
from glossator.commands.cache import cache
from glossator.commands.check.command import check
from glossator.commands.context import ingest_context
from glossator.commands.dev import dev
from glossator.commands.encrypt import encrypt_command
from glossator.commands.evaluate.command import evaluate
from glossator.commands.ingest.command import ingest_command
from glossator.commands.links import links
from glossator.commands.rewrite import rewrite
from glossator.commands.routes import routes
from glossator.commands.search import search
from glossator.commands.server.process import serve
from glossator.commands.usage import usage
from glossator.commands.widget import widget


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="glossator", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Answer questions from one book, with the passages that prove each answer.

    Without a command, `glossator` runs `serve`.
    """
    if context.invoked_subcommand is None:
        context.invoke(serve)


for command in (
    serve, dev, ingest_command(ingest_context), search, links, evaluate, rewrite, cache, routes, check, accounts,
    encrypt_command, usage, widget,
):  # fmt: skip
    main.add_command(command)
