from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.answering.answer import Answering, AnsweringOptions
from glossator.domain.answering.retriever import Retriever
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.services import Services


def wire_answering(services: Services, configuration: Configuration) -> None:
    settings = configuration.settings
    options = AnsweringOptions(
        evidence=services.get(Embedder).evidence,
        base_url=services.get(BookOptions).base_url,
        deadline=settings[conf.ANSWERING_DEADLINE],
        max_tokens=settings[conf.ANSWERING_MAX_TOKENS],
    )
    services.provide(AnsweringOptions, options)
    services.provide(Answering, Answering(services.get(Retriever), services.get(ChatModel), options))
