"""Where the questions of an evaluation are asked: in this process, or in a running server that owns the data."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Protocol

import httpx
from pydantic import TypeAdapter, ValidationError

from glossator.commands.context import command_configuration, command_environment, find_data_owner
from glossator.commands.dev import generating_model
from glossator.commands.server.local_server import LocalServer
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.answering.evaluation.evaluator import EvaluationCost, Evaluator, Trial
from glossator.domain.answering.question import Question
from glossator.domain.errors import BookEmpty, Unavailable
from glossator.kernel.settings.environment import read_environment
from glossator.wiring.partial import open_answering_services

TIMEOUT: Final = 630.0
"""Seconds; more than the largest ANSWERING__DEADLINE."""


class EvaluationBackend(Protocol):
    async def cost(self) -> EvaluationCost: ...
    async def ask(self, question: Question) -> Trial:
        """Raises BookEmpty and Unavailable."""
        ...


class LocalEvaluation:
    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    async def cost(self) -> EvaluationCost:
        return self._evaluator.cost

    async def ask(self, question: Question) -> Trial:
        return await self._evaluator.ask(question)


class RemoteEvaluation:
    """Uses the admin route `/evaluate`."""

    def __init__(self, server: LocalServer, client: httpx.AsyncClient) -> None:
        self._server = server
        self._client = client

    async def cost(self) -> EvaluationCost:
        return EvaluationCost(**await self._send("GET", None))

    async def ask(self, question: Question) -> Trial:
        body = {
            "query": question.text,
            "selected_text": question.selected_text,
            "history": [asdict(turn) for turn in question.history],
        }
        try:
            return TypeAdapter(Trial).validate_python(await self._send("POST", body))
        except ValidationError:
            raise Unavailable("server", f"{self._server.url} runs another version; restart it") from None

    async def _send(self, method: str, body: dict[str, Any] | None) -> dict[str, Any]:
        try:
            response = await self._client.request(method, "/evaluate", json=body)
            answer = response.json()
        except (httpx.HTTPError, ValueError):
            raise Unavailable("server", f"{self._server.url} does not respond") from None
        if response.is_success and isinstance(answer, dict):
            return answer
        detail = str(answer.get("detail", "")) if isinstance(answer, dict) else ""
        raise (
            BookEmpty(detail)
            if response.status_code == 503 and answer.get("code") == "book_empty"
            else (Unavailable("server", detail or f"{self._server.url} responds with {response.status_code}"))
        )


@asynccontextmanager
async def open_backend() -> AsyncIterator[EvaluationBackend]:
    configuration = evaluation_configuration()
    server = await find_data_owner(configuration)
    if server:
        async with server.client(TIMEOUT) as client:
            yield RemoteEvaluation(server, client)
        return
    async with open_answering_services(configuration) as services:
        yield LocalEvaluation(services.get(Evaluator))


def evaluation_configuration() -> Configuration:
    """In the embedded environment, uses the same model as `glossator dev`."""
    environment = read_environment(Path(".env"))
    embedded = conf.EMBEDDED in (command_environment(), environment.text("GLOSSATOR_ENV"))
    return command_configuration(generating_model(environment) if embedded else {})
