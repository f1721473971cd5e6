"""Error messages for Qdrant. They name the status or the kind of error, never the server's own text."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final

import httpx
from aiohttp import ClientConnectorError, ClientResponseError
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from glossator.kernel.errors import DeadlineExceeded
from glossator.kernel.guards.call import Fault, FaultKind
from glossator_plugins.qdrant.cluster import SUSPENDED, QdrantCluster

CLIENT_ERRORS: Final = (ApiException, QdrantException, TimeoutError)
NOT_FOUND: Final = 404
TOO_MANY_REQUESTS: Final = 429
REQUEST_STATUSES: Final = frozenset({400, NOT_FOUND, 409, 413, 422})
REFUSED_STATUSES: Final = frozenset({401, 403})

TIMEOUT_HINT: Final = (
    "check QDRANT_URL, and in the Qdrant Cloud console that the cluster runs; raise QDRANT__TIMEOUT if it is only slow"
)
PORT_HINT: Final = "check QDRANT_URL and its port: 443 or 6333, never 6334, which is for gRPC"
PROXY_HINT: Final = "check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"
STATUS_MESSAGES: Final = {
    400: "the request was rejected (400) - check that no other program writes to the book's collections",
    401: "the key was rejected (401) - check QDRANT_API_KEY",
    403: "the key was rejected or has no permission (403) - check QDRANT_API_KEY and its write access",
    404: "collection not found, or no Qdrant at this address (404) - check QDRANT_URL",
    413: "the request was too large (413) - raise the limit of the proxy in front of the cluster",
    429: "too many requests (429) - try again later, or upgrade the cluster",
}


class QdrantFailures:
    """Judges the errors of one cluster; `timeout` is in seconds."""

    def __init__(self, cluster: QdrantCluster, timeout: float) -> None:
        self._cluster = cluster
        self._timeout = timeout

    def judge(self, error: Exception) -> Fault:
        seconds = error.seconds if isinstance(error, DeadlineExceeded) else self._timeout
        said = reason(error, self._cluster, seconds)
        if isinstance(error, ResourceExhaustedResponse):
            return Fault(FaultKind.TRANSIENT, said, max(0.0, error.retry_after_s))
        if isinstance(error, UnexpectedResponse):
            return Fault(kind_of(error.status_code or 0), said)
        if isinstance(error, ValueError):  # "not found", from the client's in-process mode
            return Fault(FaultKind.REQUEST, said)
        return Fault(FaultKind.LOST if is_connection_lost(error) else FaultKind.FAILED, said)


def kind_of(status: int) -> FaultKind:
    if status in REQUEST_STATUSES:
        return FaultKind.REQUEST
    if status in REFUSED_STATUSES:
        return FaultKind.REFUSED
    return FaultKind.TRANSIENT if status == TOO_MANY_REQUESTS else FaultKind.FAILED


def is_not_found(error: Exception) -> bool:
    return isinstance(error, ValueError) or (isinstance(error, UnexpectedResponse) and error.status_code == NOT_FOUND)


def is_connection_lost(error: Exception) -> bool:
    source = error.source if isinstance(error, ResponseHandlingException) else None
    if not isinstance(source, httpx.TransportError) or is_timeout(source):
        return False
    return not any(isinstance(cause, socket.gaierror | ssl.SSLError) for cause in causes(source))


def is_timeout(error: Exception) -> bool:
    """The transport reports a refused or closed connection as a timeout; its own cause tells them apart."""
    if isinstance(error, httpx.TimeoutException):
        return error.__cause__ is None or isinstance(error.__cause__, TimeoutError)
    return isinstance(error, TimeoutError)


def reason(error: Exception, cluster: QdrantCluster, seconds: float) -> str:
    """The problem and the fix."""
    if isinstance(error, QdrantException):
        return status_message(TOO_MANY_REQUESTS, cluster)
    if isinstance(error, UnexpectedResponse):
        return status_message(error.status_code or 0, cluster)
    source = error.source if isinstance(error, ResponseHandlingException) else error
    if is_timeout(source):
        return f"no answer from {cluster.origin} within {seconds:g} s - {port_hint(cluster) or TIMEOUT_HINT}"
    if isinstance(source, httpx.TransportError):
        return connection_message(source, cluster)
    if isinstance(source, ClientResponseError):
        return f"{cluster.origin} does not speak HTTP - {port_hint(cluster) or PORT_HINT}"
    return f"{cluster.origin} is not a Qdrant server - check QDRANT_URL"


def connection_message(error: httpx.TransportError, cluster: QdrantCluster) -> str:
    kinds = tuple(causes(error))
    if cluster.proxy and not any(isinstance(cause, ssl.SSLError) for cause in kinds):
        return f"no connection to {cluster.origin} through the proxy of the environment - {PROXY_HINT}"
    if any(isinstance(cause, socket.gaierror) for cause in kinds):
        return f"the host {cluster.host} was not found - check QDRANT_URL; {SUSPENDED}"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in kinds):
        return f"the certificate of {cluster.origin} is not trusted - check QDRANT_URL"
    connecting = any(isinstance(cause, ClientConnectorError) for cause in kinds)
    # The only connection that is reset before it is used is one whose TLS handshake fails.
    if any(isinstance(cause, ssl.SSLError | ConnectionResetError) for cause in kinds) and connecting:
        return f"{cluster.origin} does not speak TLS - check the port in QDRANT_URL, or begin it with http://"
    if connecting:
        return f"{cluster.origin} refused the connection - {port_hint(cluster) or PORT_HINT}"
    return f"the connection to {cluster.origin} was lost - {port_hint(cluster) or PORT_HINT}"


def port_hint(cluster: QdrantCluster) -> str:
    return f"check QDRANT_URL: {cluster.warning}" if cluster.warning else ""


def status_message(status: int, cluster: QdrantCluster) -> str:
    if status in {401, 403} and not cluster.has_key:
        return f"the cluster requires a key ({status}) - set QDRANT_API_KEY"
    if status >= 500:
        return f"the server failed ({status}) - try again later, or check the cluster in its console"
    return STATUS_MESSAGES.get(status, f"the request was rejected ({status})")


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and its chain of causes."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
