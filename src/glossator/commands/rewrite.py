"""`glossator rewrite`: a whole book translated or adjusted before anybody asks.

Standard output gets the summary, progress goes to standard error.
"""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Final

import click

from glossator.commands.context import JOINED, command_configuration, command_environment
from glossator.commands.dev import writing_model
from glossator.commands.runner import run_to_exit
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.rewriting.book_texts.page_texts import book_texts
from glossator.domain.rewriting.languages.tags import valid_language
from glossator.domain.rewriting.request import Level, RewriteRequest, adjustment, translation
from glossator.domain.rewriting.rewriting import Rewriting
from glossator.domain.rewriting.warm_up import Plan, Progress, WarmUp
from glossator.kernel.errors import ExitCode
from glossator.kernel.settings.environment import read_environment
from glossator.wiring.book import book_options
from glossator.wiring.partial import started_for_rewriting

SHOWN_FAILURES: Final = 10
SHOWN_CHARACTERS: Final = 60


@click.command()
@click.argument("docs", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--language", help="Translate into this language: a BCP 47 tag, such as ur.")
@click.option("--level", type=click.Choice(["beginner", "intermediate"]), help="Adjust to this reading level.")
@click.option("--plan", "only_plan", is_flag=True, help="Say what would be asked for and what it costs; ask nothing.")
def rewrite(docs: Path | None, language: str | None, level: Level | None, only_plan: bool) -> None:
    """Translate the pages under DOCS (default: DOCS_PATH), or adjust their level, so that readers find them ready.

    What is stored already is not asked for again, so an interrupted run goes on where it stopped. Ends with 1 when a
    text could not be rewritten; readers see it as it is.
    """
    request = request_of(language, level)
    run_to_exit(lambda: _rewrite(docs, request, only_plan=only_plan))


def request_of(language: str | None, level: Level | None) -> RewriteRequest:
    """Raises UsageError."""
    if (language is None) == (level is None):
        raise click.UsageError("give either --language or --level")
    if level is not None:
        return adjustment(level)
    tag = valid_language(language or "")
    if tag is None:
        raise click.UsageError("--language must be a language's BCP 47 tag, such as ur or pt-BR")
    return translation(tag)


async def _rewrite(docs: Path | None, request: RewriteRequest, *, only_plan: bool) -> ExitCode:
    configuration = rewriting_configuration()
    texts = await asyncio.to_thread(_texts, docs, configuration)
    async with started_for_rewriting(configuration) as services:
        model = services.get(ChatModel)
        warm_up = WarmUp(services.get(Rewriting), model.usd_per_million_chat_tokens)
        plan = await warm_up.plan(texts, request)
        click.echo(plan_text(plan, model.chat_model))
        if only_plan:
            return ExitCode.OK
        done = await warm_up.run(plan, request, _report)
    if plan.missing:
        click.echo(summary_text(done))
    return ExitCode.FAILED if done.failed else ExitCode.OK


def rewriting_configuration() -> Configuration:
    """On the laptop the model that `dev` would take."""
    laptop = command_environment() == conf.EMBEDDED or _told_embedded()
    return command_configuration(JOINED | (writing_model(read_environment(Path(".env"))) if laptop else {}))


def _told_embedded() -> bool:
    return read_environment(Path(".env")).text("GLOSSATOR_ENV") == conf.EMBEDDED


def _texts(docs: Path | None, configuration: Configuration) -> list[str]:
    rules = book_options(configuration)
    path = docs or rules.docs
    if path is None:
        raise click.UsageError("name the folder of the book, or set DOCS_PATH")
    try:
        return book_texts(read_pages(path, rules.generator), rules.generator)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


def _report(progress: Progress) -> None:
    click.echo(f"{progress.done:,} of {progress.total:,} texts", err=True)


def plan_text(plan: Plan, model: str) -> str:
    return (
        f"{len(plan.texts):,} texts, {len(plan.missing):,} of them new: about {plan.prompt_tokens:,} prompt tokens and"
        f" {plan.completion_tokens:,} answer tokens, ${plan.cost_usd:.4f} ({model})"
    )


def summary_text(done: Progress) -> str:
    lines = [f"{done.total - len(done.failed):,} texts are ready"]
    if done.failed:
        counted = Counter(code for code, _ in done.failed)
        told = ", ".join(f"{count:,} {code}" for code, count in counted.most_common())
        lines.append(f"{len(done.failed):,} stay as they are ({told}):")
        lines += [
            f"  {code}: {' '.join(text.split())[:SHOWN_CHARACTERS]}" for code, text in done.failed[:SHOWN_FAILURES]
        ]
    return "\n".join(lines)
