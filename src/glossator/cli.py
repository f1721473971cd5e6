"""The `glossator` command. Without a subcommand it runs `serve`.

The context's `obj`, if there is one, is called when what the command needs has been imported.
"""

from typing import Final

import click

from glossator.commands.declared import book, database, server

COMMANDS: Final = (
    server.serve, server.dev, server.check, server.routes, server.widget, book.ingest, book.search, book.evaluate,
    book.rewrite, book.links, book.llms, database.usage, database.report, database.encrypt, database.cache,
    database.accounts,
)  # fmt: skip


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="glossator", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Answer questions from one book, with the passages that prove each answer.

    Without a command, `glossator` runs `serve`.
    """
    if context.invoked_subcommand is None:
        context.invoke(server.serve)


for command in COMMANDS:
    main.add_command(command)
