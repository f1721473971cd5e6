"""Creates the app: starts the plugins, wires the domain services, then registers the routes."""

import logging
import os
import socket
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import NoReturn

import click
from quart import Quart

from glossator.configuration import core as conf
from glossator.configuration.accounts import AUTH_ANONYMOUS_CHAT, AUTH_COOKIE_SAMESITE, AUTH_FORGOTTEN_PASSWORD
from glossator.configuration.core import Configuration
from glossator.configuration.limits import SERVER_TRUSTED_HOPS, limit_amounts
from glossator.configuration.output import logged_line, logged_settings
from glossator.configuration.server import SERVER_FRAME_ANCESTORS, SERVER_HOSTS
from glossator.domain.rewriting.rewriting import Rewriting
from glossator.kernel import logs
from glossator.kernel.draining import Draining
from glossator.kernel.errors import ExitCode, StartupFailed
from glossator.kernel.loop_lag import LoopLag
from glossator.kernel.readiness import Readiness
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Settings
from glossator.web import (
    config,
    conversations,
    feedback,
    health,
    metrics,
    middleware,
    on_demand,
    rewriting,
    search,
    suggestions,
    widget,
)  # fmt: skip
from glossator.web.auth import account, sessions, sign_in
from glossator.web.chat import chat, stream_events
from glossator.web.http import pages
from glossator.web.http.context import WebApp, WebOptions, attach
from glossator.web.http.limits import RequestLimits
from glossator.web.http.session_cookies import CookieOptions
from glossator.web.openapi import routes as openapi
from glossator.web.reading import ask, home, listings, read
from glossator.web.reading import sign_in as sign_in_page
from glossator.web.widget import Component, read_component
from glossator.wiring.accounts import close_accounts, wire_accounts
from glossator.wiring.answering import question_hosts, wire_answering
from glossator.wiring.book import run_jobs, wire_book
from glossator.wiring.budget import run_budget, wire_budget
from glossator.wiring.conversations import run_history
from glossator.wiring.database import prepare_database, run_expiry
from glossator.wiring.metrics import run_metrics, wire_metrics
from glossator.wiring.registry import full_registry
from glossator.wiring.report import run_report, wire_report
from glossator.wiring.rewriting import wire_rewriting
from glossator.wiring.workers import close_workers, wire_workers

log = logging.getLogger(__name__)

BLUEPRINTS = (
    home.bp, health.bp, config.bp, chat.bp, ask.bp, conversations.bp, search.bp, on_demand.bp, metrics.bp, read.bp,
    rewriting.bp, sign_in.bp, sessions.bp, account.bp, suggestions.bp, widget.bp,
    feedback.bp, stream_events.bp, openapi.bp, sign_in_page.bp, listings.bp,
)  # fmt: skip


@asynccontextmanager
async def running_services(configuration: Configuration, draining: Draining) -> AsyncIterator[Services]:
    """Starts and wires every service. Raises StartupFailed."""
    registry = full_registry(configuration)
    async with registry.running() as services:
        await prepare_database(services)
        await wire_accounts(services, configuration)
        services.provide(Draining, draining)
        services.provide(LoopLag, LoopLag())
        services.provide(Readiness, Readiness(registry.started, services))
        services.provide(WebOptions, web_options(configuration))
        services.provide(Component, read_component())
        services.provide(RequestLimits, request_limits(configuration.settings))
        wire_budget(services, configuration)
        wire_workers(services)
        wire_book(services, configuration)
        wire_answering(services, configuration)
        wire_rewriting(services, configuration)
        wire_report(services, configuration)
        await wire_metrics(services)
        async with (
            services.get(LoopLag),
            close_accounts(services),
            close_workers(services),
            run_jobs(services, configuration),
            run_report(services),
            run_history(services),
            services.get(Rewriting).cache,
            run_expiry(services),
            run_budget(services),
            run_metrics(services),
        ):
            yield services


def request_limits(settings: Settings) -> RequestLimits:
    return RequestLimits(limit_amounts(settings), settings[conf.REPLICAS])


def web_options(configuration: Configuration) -> WebOptions:
    settings = configuration.settings
    hops = settings[SERVER_TRUSTED_HOPS]
    return WebOptions(
        version=version("glossator"),
        origins=configuration.origins.allowed,
        trusted_origins=configuration.origins.trusted,
        trusted_hops=hops or 0,
        admin_key=settings[conf.ADMIN_API_KEY],
        frame_ancestors=settings[SERVER_FRAME_ANCESTORS] or "'self'",
        anonymous_chat=settings[AUTH_ANONYMOUS_CHAT],
        cookies=cookie_options(configuration),
        forgotten_password=settings[AUTH_FORGOTTEN_PASSWORD],
        support_url=settings[conf.SUPPORT_URL] or "",
        public_url=(configuration.space.space_url if configuration.space else None) or "",
        question_hosts=question_hosts(configuration),
        log_content=settings[conf.LOG_CONTENT],
        hosts=tuple(host.lower() for host in settings[SERVER_HOSTS]),
        read_index=settings[conf.READ_INDEX],
    )


def cookie_options(configuration: Configuration) -> CookieOptions:
    """Always secure in production, since a proxy in front terminates TLS."""
    same_site = configuration.settings[AUTH_COOKIE_SAMESITE]
    return CookieOptions(secure=configuration.environment == "production" or same_site == "none", same_site=same_site)


def register(app: WebApp, services: Services) -> None:
    """Registers all routes and middleware; call it after every service has started."""
    attach(app, services)
    pages.register(app)
    middleware.register(app, services.get(WebOptions))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    middleware.add_edge(app, services)
    for wrapper in services.wrappers:
        # Quart's documented way to add middleware; type checkers reject a plain assignment to a method
        vars(app)["asgi_app"] = wrapper.wrap(app.asgi_app)


@asynccontextmanager
async def running_app(configuration: Configuration, draining: Draining) -> AsyncIterator[Quart]:
    """The app for our own commands; its services are started first."""
    async with running_services(configuration, draining) as services:
        app = WebApp()
        register(app, services)
        yield app


def create_app() -> Quart:
    """App factory for other servers, such as `quart run`. A failed start exits with our exit codes."""
    try:
        configuration = conf.load()
    except StartupFailed as failure:
        _exit(failure)
    configure_logging(configuration)
    _require_free_port()
    app = WebApp()
    app.logger.addFilter(_is_ours)

    @app.while_serving
    async def serving() -> AsyncGenerator[None, None]:
        draining = Draining()
        try:
            async with running_services(configuration, draining) as services:
                register(app, services)
                yield
                draining.set()
        except StartupFailed as failure:
            _exit(failure)

    return app


def configure_logging(configuration: Configuration) -> None:
    """Configures logging and logs the environment, the services, the settings with their origins, and all warnings."""
    settings = configuration.settings
    logs.configure(settings[conf.LOG_FORMAT], settings[conf.LOG_LEVEL])
    log.info("environment %s, services %s", configuration.environment, ", ".join(configuration.plugins))
    if configuration.space:
        log.info("Space %s at %s", configuration.space.space_name, configuration.space.space_url)
    values = tuple(settings)
    log.info("settings_active: %s", logged_line(values), extra={"settings": logged_settings(values)})
    for warning in configuration.warnings:
        log.warning("%s", warning)


def _require_free_port() -> None:
    """`quart run` binds its port after the services have started, and reports a port in use with a traceback."""
    context = click.get_current_context(silent=True)
    host, port = (context.params.get(name) if context else None for name in ("host", "port"))
    if not isinstance(host, str) or not isinstance(port, int):
        return
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe, suppress(OSError):
        probe.settimeout(1.0)
        if probe.connect_ex((host, port)) == 0:
            line = f"port {port} is in use - choose another, for example quart run --port {port + 1}"
            _exit(StartupFailed(ExitCode.UNAVAILABLE, [line]))


def _is_ours(record: logging.LogRecord) -> bool:
    """The middleware logs each request; the server's own line would repeat it with the client's address."""
    return not isinstance(record.args, Mapping)


def _exit(failure: StartupFailed) -> NoReturn:
    """Exits directly, because these servers turn every error into a traceback and an exit code of their own."""
    for line in failure.lines:
        sys.stderr.write(f"glossator: {line}\n")
    sys.stderr.flush()
    os._exit(failure.code)
