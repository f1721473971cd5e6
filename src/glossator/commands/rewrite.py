"""`glossator rewrite`: translate a whole book, or adjust its reading level, in advance.

Prints the summary to standard output and progress to standard error.
"""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Final

import click

from glossator.commands.context import JOIN_DATABASE, command_configuration, command_environment
from glossator.commands.dev import generating_model
from glossator.commands.runner import run_to_exit
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.configuration.rewriting import REWRITING_LANGUAGES
from glossator.domain.book.sources.folder import read_pages
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.rewriting.book_texts.page_texts import book_texts
from glossator.domain.rewriting.languages.tags import OfferedLanguages, valid_language
from glossator.domain.rewriting.request import Level, RewriteRequest, adjustment, translation
from glossator.domain.rewriting.rewriting import Rewriting
from glossator.domain.rewriting.warm_up import WarmUp, WarmUpPlan, WarmUpProgress
from glossator.kernel.errors import ExitCode
from glossator.kernel.settings.environment import read_environment
from glossator.wiring.book import book_options
from glossator.wiring.partial import open_rewriting_services

MAX_LISTED_FAILURES: Final = 10
MAX_EXCERPT_LENGTH: Final = 60


def rewrite(docs: Path | None, language: str | None, level: Level | None, only_plan: bool) -> None:
    request = request_of(language, level)
    run_to_exit(lambda: _rewrite(docs, request, only_plan=only_plan))


def request_of(language: str | None, level: Level | None) -> RewriteRequest:
    """Raises UsageError."""
    if (language is None) == (level is None):
        raise click.UsageError("pass either --language or --level")
    if level is not None:
        return adjustment(level)
    tag = valid_language(language or "")
    if tag is None:
        raise click.UsageError("--language must be a BCP 47 language tag, such as ur or pt-BR")
    return translation(tag)


async def _rewrite(docs: Path | None, request: RewriteRequest, *, only_plan: bool) -> ExitCode:
    configuration = rewriting_configuration()
    require_offered(request, configuration)
    texts = await asyncio.to_thread(_texts, docs, configuration)
    async with open_rewriting_services(configuration) as services:
        model = services.get(ChatModel)
        warm_up = WarmUp(services.get(Rewriting), model.usd_per_million_chat_tokens)
        plan = await warm_up.plan(texts, request)
        click.echo(format_plan(plan, model.chat_model))
        if only_plan:
            return ExitCode.OK
        done = await warm_up.run(plan, request, _print_progress)
    if plan.missing:
        click.echo(format_summary(done))
    return ExitCode.FAILED if done.failed else ExitCode.OK


def require_offered(request: RewriteRequest, configuration: Configuration) -> None:
    """Readers could not ask for another language. Raises UsageError."""
    offered = OfferedLanguages(configuration.settings[REWRITING_LANGUAGES])
    if request.language is not None and request.language not in offered:
        raise click.UsageError(f"--language {offered.reason} (REWRITING__LANGUAGES)")


def rewriting_configuration() -> Configuration:
    """In the embedded environment, uses the same model as `glossator dev`."""
    embedded = command_environment() == conf.EMBEDDED or _is_embedded_in_env_file()
    return command_configuration(JOIN_DATABASE | (generating_model(read_environment(Path(".env"))) if embedded else {}))


def _is_embedded_in_env_file() -> bool:
    return read_environment(Path(".env")).text("GLOSSATOR_ENV") == conf.EMBEDDED


def _texts(docs: Path | None, configuration: Configuration) -> list[str]:
    options = book_options(configuration)
    path = docs or options.docs
    if path is None:
        raise click.UsageError("pass the folder of the book, or set DOCS_PATH")
    try:
        return book_texts(read_pages(path, options.generator))
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


def _print_progress(progress: WarmUpProgress) -> None:
    click.echo(f"{progress.done:,} of {progress.total:,} texts", err=True)


def format_plan(plan: WarmUpPlan, model: str) -> str:
    return (
        f"{len(plan.texts):,} texts, {len(plan.missing):,} of them new: about {plan.prompt_tokens:,} prompt tokens and"
        f" {plan.completion_tokens:,} completion tokens, ${plan.cost_usd:.4f} ({model})"
    )


def format_summary(done: WarmUpProgress) -> str:
    lines = [f"{done.total - len(done.failed):,} texts are ready"]
    if done.failed:
        counted = Counter(code for code, _ in done.failed)
        reasons = ", ".join(f"{count:,} {code}" for code, count in counted.most_common())
        lines.append(f"{len(done.failed):,} texts stay unchanged ({reasons}):")
        lines += [
            f"  {code}: {' '.join(text.split())[:MAX_EXCERPT_LENGTH]}"
            for code, text in done.failed[:MAX_LISTED_FAILURES]
        ]
    return "\n".join(lines)
