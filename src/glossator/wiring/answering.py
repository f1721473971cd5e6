"""Wires answering: what retrieves, quotes, proves and answers."""

from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.answering.answer import Answering, AnsweringOptions
from glossator.domain.answering.evaluation.evaluator import Evaluator
from glossator.domain.answering.proof.prover import Prover
from glossator.domain.answering.quoting.quoter import Quoter
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.answering.suggestions.suggested_questions import SuggestedQuestions
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.budget.budget import Budget
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.domain.ports.workers import Workers
from glossator.kernel.discovery import discover
from glossator.kernel.plugin import Describable
from glossator.kernel.services import Services
from glossator.kernel.settings.url import is_private


def question_hosts(configuration: Configuration) -> tuple[str, ...]:
    """The hosts outside of the operator's network that a question is sent to: those of the models."""
    hosts: list[str] = []
    for plugin in discover(configuration.plugins):
        provided = configuration.provides.get(plugin.name, tuple(kind.__name__ for kind in plugin.provides))
        if isinstance(plugin, Describable) and {ChatModel.__name__, Embedder.__name__} & set(provided):
            hosts += [endpoint.host for endpoint in plugin.describe(configuration.settings).endpoints]
    return tuple(dict.fromkeys(host for host in hosts if not is_private(host)))


def wire_answering(services: Services, configuration: Configuration) -> None:
    settings, embedder, workers = configuration.settings, services.get(Embedder), services.get(Workers)
    options = AnsweringOptions(
        base_url=services.get(BookOptions).base_url,
        deadline=settings[conf.ANSWERING_DEADLINE],
        max_tokens=settings[conf.ANSWERING_MAX_TOKENS],
        passages=settings[conf.RETRIEVAL_PASSAGES],
        characters=settings[conf.RETRIEVAL_CHARACTERS],
    )
    prover = Prover(embedder, options.base_url, workers, services.spans)
    services.provide(AnsweringOptions, options)
    services.provide(SuggestedQuestions, SuggestedQuestions(services.get(PassageIndex), options.base_url))
    retriever, model = services.get(Retriever), services.get(ChatModel)
    budget = services.get(Budget)
    answering = Answering(retriever, model, Quoter(embedder, workers), prover, options, budget)
    services.provide(Answering, answering)
    services.provide(Evaluator, Evaluator(retriever, answering, prover, model, embedder, options))
