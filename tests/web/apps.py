"""Builds the web app over in-memory ports."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

from quart import Quart

from glossator.app import BLUEPRINTS
from glossator.domain.answering.answer import Answering, AnsweringOptions
from glossator.domain.answering.evaluation.evaluator import Evaluator
from glossator.domain.answering.proof.prover import Prover
from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.answering.retrieval.section_search import SectionSearch
from glossator.domain.answering.suggestions.suggested_questions import SuggestedQuestions
from glossator.domain.book.index import PassageIndex
from glossator.domain.book.ingest.book_options import READER_URL, BookOptions, IngestOptions
from glossator.domain.book.overview import Overviews
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.budget.budget import Budget
from glossator.domain.ports.chat_model import ChatModel
from glossator.domain.ports.workers import AnyThread, Workers
from glossator.domain.rewriting.allowance import DailyAllowance
from glossator.domain.rewriting.languages.tags import OfferedLanguages
from glossator.kernel.draining import Draining
from glossator.kernel.loop_lag import LoopLag
from glossator.kernel.readiness import Readiness
from glossator.kernel.registry import RunningService
from glossator.kernel.services import Services
from glossator.kernel.settings.secret import Secret
from glossator.web import middleware as rules
from glossator.web.http import pages
from glossator.web.http.context import WebApp, WebOptions, attach
from glossator.web.http.limits import RequestLimits
from glossator.web.widget import Component, read_component
from tests.domain.answering.models import EVIDENCE, ScriptedModel, answering_over, library
from tests.indexes import CountingEmbedder, MemoryIndex
from tests.options import ANSWERING_OPTIONS, RETRIEVAL_OPTIONS, WEB_OPTIONS

ADMIN_KEY = "an-admin-key-for-tests-only"
ORIGIN = "https://book.example"


@cache
def component() -> Component:
    """Read once, since every test has its own app."""
    return read_component()


@cache
def routed() -> WebApp:
    app = WebApp()
    rules.register(app, WEB_OPTIONS)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def add_routes(app: Quart) -> None:
    """As `register_blueprint` does. Compiling the addresses takes most of the time of a test, so it happens once."""
    source = routed()
    app.url_map, app.view_functions, app.blueprints = source.url_map, source.view_functions, source.blueprints
    for blueprint in source.blueprints:
        app.before_request_funcs[blueprint] = source.before_request_funcs[blueprint]
        app.after_request_funcs[blueprint] = source.after_request_funcs[blueprint]
    app.error_handler_spec.update({name: spec for name, spec in source.error_handler_spec.items() if name})


@dataclass
class Parts:
    """The services of an app, which a test can replace and inspect."""

    model: ScriptedModel = field(default_factory=ScriptedModel)
    index: MemoryIndex = field(default_factory=library)
    started: list[RunningService] = field(default_factory=list)
    heartbeat: float = 15.0
    site_url: str = ""
    base_url: str = READER_URL
    anonymous_chat: bool = True
    deadline: float = 60.0
    """Seconds for an answer; on a busy machine it takes as long as it takes."""
    origins: tuple[str, ...] = (ORIGIN,)
    draining: Draining = field(default_factory=Draining)
    lag: LoopLag = field(default_factory=LoopLag)
    limits: RequestLimits = field(default_factory=lambda: RequestLimits({}))
    budget: Budget = field(default_factory=Budget.without_caps)
    languages: OfferedLanguages = field(default_factory=OfferedLanguages)

    def app(self) -> Quart:
        app = WebApp()
        services = self._services()
        attach(app, services)
        pages.register(app)
        rules.register(app, services.get(WebOptions))
        add_routes(app)
        rules.add_edge(app, services)
        return app

    def _services(self) -> Services:
        services, embedder = Services(), CountingEmbedder(evidence=EVIDENCE)
        services.provide(Budget, self.budget)
        services.provide(OfferedLanguages, self.languages)
        retriever = Retriever(embedder, self.index, RETRIEVAL_OPTIONS)
        answering = replace(ANSWERING_OPTIONS, deadline=self.deadline)
        options = IngestOptions(site_url=self.site_url)
        services.provide(BookOptions, BookOptions(None, "docusaurus", self.base_url, options))
        services.provide(Splitter, Splitter(Limits(1000)))
        services.provide(PassageIndex, self.index)
        services.provide(ChatModel, self.model)
        services.provide(Retriever, retriever)
        services.provide(SectionSearch, SectionSearch(self.index, retriever.vocabularies))
        services.provide(AnsweringOptions, answering)
        services.provide(SuggestedQuestions, SuggestedQuestions(self.index, answering.base_url))
        answers = answering_over(retriever, embedder, self.model, answering, self.budget)
        services.provide(Answering, answers)
        prover = Prover(embedder, answering.base_url)
        services.provide(Evaluator, Evaluator(retriever, answers, prover, self.model, embedder, answering))
        services.provide(Readiness, Readiness(self.started, services))
        services.provide(Draining, self.draining)
        services.provide(LoopLag, self.lag)
        services.provide(RequestLimits, self.limits)
        services.provide(Workers, AnyThread())
        services.provide(Overviews, Overviews(self.index, AnyThread()))
        services.provide(WebOptions, self.web_options())
        services.provide(Component, component())
        services.provide(DailyAllowance, DailyAllowance(500, lambda: date(2026, 1, 31)))
        return services

    def web_options(self) -> WebOptions:
        return replace(
            WEB_OPTIONS,
            origins=self.origins,
            trusted_origins=self.origins,
            admin_key=Secret(ADMIN_KEY),
            heartbeat=self.heartbeat,
            anonymous_chat=self.anonymous_chat,
        )
