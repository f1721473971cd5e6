"""The Qdrant REST routes that the index uses, implemented with the client's in-process mode."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from pydantic import BaseModel, TypeAdapter, ValidationError
from qdrant_client import AsyncQdrantClient, models

from tests.servers.http_server import Request

ALIASES: Final = TypeAdapter(list[models.AliasOperations])
OPERATIONS: Final = TypeAdapter(list[models.UpdateOperation])


class BadRequest(Exception):
    """The request is invalid."""


class Qdrant:
    """Records which fields have an index, since the in-process mode needs none."""

    def __init__(self, client: AsyncQdrantClient) -> None:
        self._client = client
        self._indexed: dict[str, set[str]] = {}
        self._strict = False
        self._routes: dict[tuple[str, str], Callable[[str, Any], Awaitable[object]]] = {
            ("GET", "/aliases"): self._list_aliases,
            ("GET", "/collections"): self._list,
            ("POST", "/collections/aliases"): self._change_aliases,
            ("GET", "/collections/{}"): self._describe,
            ("PUT", "/collections/{}"): self._create,
            ("DELETE", "/collections/{}"): self._drop,
            ("PUT", "/collections/{}/index"): self._index,
            ("PUT", "/collections/{}/points"): self._upsert,
            ("POST", "/collections/{}/points"): self._retrieve,
            ("POST", "/collections/{}/points/scroll"): self._scroll,
            ("POST", "/collections/{}/points/batch"): self._update,
            ("PUT", "/collections/{}/points/vectors"): self._update_vectors,
            ("POST", "/collections/{}/points/delete"): self._delete,
            ("POST", "/collections/{}/points/query/batch"): self._query,
        }

    async def answer(self, request: Request, *, strict: bool) -> object:
        """The `result` of the response. Raises BadRequest, or ValueError when something does not exist."""
        self._strict = strict
        path = request.path.partition("?")[0]
        route, name = path, ""
        if path.startswith("/collections/") and path != "/collections/aliases":
            _, _, quoted, *rest = path.split("/")
            route, name = "/".join(["/collections/{}", *rest]), unquote(quoted)
        handler = self._routes.get((request.method, route))
        if handler is None:
            raise ValueError("no such route")
        try:
            return to_json(await handler(name, request.json() if request.body else {}))
        except ValidationError as error:
            raise BadRequest from error

    async def _list_aliases(self, _: str, __: Any) -> object:
        return await self._client.get_aliases()

    async def _list(self, _: str, __: Any) -> object:
        return await self._client.get_collections()

    async def _change_aliases(self, _: str, body: Any) -> object:
        return await self._client.update_collection_aliases(ALIASES.validate_python(body["actions"]))

    async def _describe(self, name: str, _: Any) -> object:
        return await self._client.get_collection(name)

    async def _create(self, name: str, body: Any) -> object:
        params = models.CreateCollection.model_validate(body)
        self._indexed[name] = set()
        return await self._client.create_collection(
            name, vectors_config=params.vectors, sparse_vectors_config=params.sparse_vectors
        )

    async def _drop(self, name: str, _: Any) -> object:
        self._indexed.pop(name, None)
        return await self._client.delete_collection(name)

    async def _index(self, name: str, body: Any) -> object:
        self._indexed.setdefault(name, set()).add(body["field_name"])
        return await self._client.create_payload_index(name, body["field_name"], body["field_schema"])

    async def _upsert(self, name: str, body: Any) -> object:
        return await self._client.upsert(name, models.PointsList.model_validate(body).points)

    async def _retrieve(self, name: str, body: Any) -> object:
        return await self._client.retrieve(name, body["ids"], with_payload=body.get("with_payload", True))

    async def _scroll(self, name: str, body: Any) -> object:
        params = models.ScrollRequest.model_validate(body)
        self._require_indexes(name, body)
        records, offset = await self._client.scroll(
            name,
            params.filter,
            limit=params.limit or 10,
            offset=params.offset,
            with_payload=params.with_payload or True,
        )
        return {"points": to_json(records), "next_page_offset": offset}

    async def _update(self, name: str, body: Any) -> object:
        await self._client.batch_update_points(name, OPERATIONS.validate_python(body["operations"]))
        return [{"operation_id": 0, "status": "completed"} for _ in body["operations"]]

    async def _update_vectors(self, name: str, body: Any) -> object:
        return await self._client.update_vectors(name, models.UpdateVectors.model_validate(body).points)

    async def _delete(self, name: str, body: Any) -> object:
        return await self._client.delete(name, models.PointIdsList.model_validate(body))

    async def _query(self, name: str, body: Any) -> object:
        self._require_indexes(name, body)
        searches = models.QueryRequestBatch.model_validate(body).searches
        return await self._client.query_batch_points(name, searches)

    def _require_indexes(self, name: str, body: Any) -> None:
        """Skips collections that are older than this instance, since their indexes are unknown."""
        known = self._indexed.get(name)
        if self._strict and known is not None and not set(filter_fields(body)) <= known:
            raise BadRequest


def filter_fields(body: object) -> Iterator[str]:
    """The fields in the filter conditions of the request."""
    if isinstance(body, Mapping):
        if "match" in body or "range" in body:
            yield body["key"]
        for value in body.values():
            yield from filter_fields(value)
    elif isinstance(body, list):
        for value in body:
            yield from filter_fields(value)


def to_json(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return [to_json(entry) for entry in value] if isinstance(value, list) else value
