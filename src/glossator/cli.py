"""The `glossator` command. Without a subcommand it runs `serve`.

A command's module is imported when the command runs, because most of them import the app, which takes about a second.
The context's `obj`, if there is one, is called when the module is imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import click


@dataclass(frozen=True)
class LazyCommand:
    """`place` is the module in `glossator.commands` and the command's name in it; `help` is its line in the list."""

    place: str
    help: str

    def load(self) -> click.Command:
        module, _, name = self.place.partition(":")
        command: click.Command = getattr(import_module(f"glossator.commands.{module}"), name)
        return command


COMMANDS: Final[Mapping[str, LazyCommand]] = {
    "accounts": LazyCommand("accounts.command:accounts", "List, show, close and delete accounts, reset passwords."),
    "cache": LazyCommand("cache:cache", "Inspect or remove stored translations and adjusted texts."),
    "check": LazyCommand("check.command:check", "Check the settings and every service, change nothing."),
    "dev": LazyCommand("dev:dev", "Run everything on this machine, reload the book when it changes."),
    "encrypt": LazyCommand("encrypt:encrypt_command", "Encrypt stored names, e-mails and profiles."),
    "eval": LazyCommand("evaluate.command:evaluate", "Measure how questions are answered."),
    "ingest": LazyCommand("context:ingest", "Load a folder of pages into the book."),
    "links": LazyCommand("links:links", "Check the book's links against the built site."),
    "llms": LazyCommand("llms:llms", "Write llms.txt and the pages as Markdown into a built site."),
    "report": LazyCommand("report:report", "Print what the book lacks, by what readers asked."),
    "rewrite": LazyCommand("rewrite:rewrite", "Translate a book or adjust its level, in advance."),
    "routes": LazyCommand("routes:routes", "List all routes with their methods."),
    "search": LazyCommand("search:search", "Show the passages found for a question."),
    "serve": LazyCommand("server.process:serve", "Start the server."),
    "usage": LazyCommand("usage:usage", "Print what models cost per day, and what is left."),
    "widget": LazyCommand("widget:widget", "Write the component's files, to host them beside a site."),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return COMMANDS[cmd_name].load() if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="glossator", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Answer questions from one book, with the passages that prove each answer.

    Without a command, `glossator` runs `serve`.
    """
    default = COMMANDS["serve"].load() if context.invoked_subcommand is None else None
    if context.obj is not None:
        context.obj()
    if default:
        context.invoke(default)
