from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.answering.answer import Answering, AnsweringRules
from glossator.domain.answering.retriever import Retriever
from glossator.domain.book.ingest.book_options import BookRules
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.services import Services


def join_answering(services: Services, configuration: Configuration) -> None:
    settings = configuration.settings
    rules = AnsweringRules(
        evidence=services.get(Embedder).evidence,
        base_url=services.get(BookRules).base_url,
        deadline=settings[conf.ANSWERING_DEADLINE],
        max_tokens=settings[conf.ANSWERING_MAX_TOKENS],
    )
    services.provide(AnsweringRules, rules)
    services.provide(Answering, Answering(services.get(Retriever), services.get(ChatModel), rules))
