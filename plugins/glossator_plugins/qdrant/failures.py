"""What goes wrong on the way to Qdrant, told in sentences of ours: the status or the kind, never the server's text."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final

import httpx
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from glossator_plugins.qdrant.cluster import SUSPENDED, Cluster

FAILURES: Final = (ApiException, QdrantException, TimeoutError)
NOT_FOUND: Final = 404
TOO_MANY: Final = 429
REQUESTS_AT_FAULT: Final = frozenset({400, NOT_FOUND, 409, 413, 422})
"""The server answers these and is well; what was asked of it is not."""
LONGEST_WAIT: Final = 2.0
USUAL_WAIT: Final = 0.2

AWAKE: Final = (
    "check QDRANT_URL and that the cluster is awake: the Qdrant Cloud console shows it; raise QDRANT__TIMEOUT if it is "
    "only slow"
)
PORT: Final = "check QDRANT_URL and its port: 443 or 6333, never 6334, which is gRPC's"
REFUSALS: Final = {
    400: "the request was refused (400) - is another program writing to the book's collections?",
    401: "the key was refused (401) - check QDRANT_API_KEY",
    403: "the key was refused, or may not do this (403) - check QDRANT_API_KEY and that it may write",
    404: "there is no such collection, or no Qdrant at this address (404) - check QDRANT_URL",
    413: "the request was too large (413) - raise the limit of the proxy before the cluster",
    429: "too many requests (429) - try again later, or give the cluster more room",
}


def is_answer(error: Exception) -> bool:
    """Whether the service did its work. A ValueError is how the client's own in-process mode says not found."""
    if isinstance(error, UnexpectedResponse):
        return error.status_code in REQUESTS_AT_FAULT
    return isinstance(error, ValueError)


def is_missing(error: Exception) -> bool:
    return isinstance(error, ValueError) or (isinstance(error, UnexpectedResponse) and error.status_code == NOT_FOUND)


def wait_before_repeat(error: Exception, *, reads: bool) -> float | None:
    """Seconds after which the same call may succeed; None when it must not be sent again.

    A refused call was not carried out, so it may be sent again even when it writes.
    """
    if isinstance(error, ResourceExhaustedResponse):
        return error.retry_after_s if 0 <= error.retry_after_s <= LONGEST_WAIT else None
    if isinstance(error, UnexpectedResponse):
        return USUAL_WAIT if error.status_code == TOO_MANY else None
    return USUAL_WAIT if reads and broke_off(error) else None


def broke_off(error: Exception) -> bool:
    source = error.source if isinstance(error, ResponseHandlingException) else None
    if not isinstance(source, httpx.TransportError) or isinstance(source, httpx.TimeoutException):
        return False
    return not any(isinstance(cause, socket.gaierror | ssl.SSLError) for cause in causes(source))


def reason(error: Exception, cluster: Cluster, seconds: float) -> str:
    """What went wrong, and what to do."""
    if isinstance(error, QdrantException):
        return refusal(TOO_MANY, cluster)
    if isinstance(error, UnexpectedResponse):
        return refusal(error.status_code or 0, cluster)
    source = error.source if isinstance(error, ResponseHandlingException) else error
    if isinstance(source, TimeoutError | httpx.TimeoutException):
        return f"no answer from {cluster.origin} within {seconds:g} s - {port_hint(cluster) or AWAKE}"
    if isinstance(source, httpx.TransportError):
        return no_connection(source, cluster)
    return f"{cluster.origin} answers, but not as Qdrant does - check QDRANT_URL"


def no_connection(error: httpx.TransportError, cluster: Cluster) -> str:
    kinds = tuple(causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in kinds):
        return f"the host {cluster.host} was not found - check QDRANT_URL; {SUSPENDED}"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in kinds):
        return f"the certificate of {cluster.origin} is not trusted - check QDRANT_URL"
    if any(isinstance(cause, ssl.SSLError) for cause in kinds):
        return f"{cluster.origin} does not speak TLS - check the port in QDRANT_URL, or begin it with http://"
    if isinstance(error, httpx.ConnectError):
        return f"nobody listens at {cluster.origin} - {port_hint(cluster) or PORT}"
    return f"the connection to {cluster.origin} broke off - {port_hint(cluster) or PORT}"


def port_hint(cluster: Cluster) -> str:
    return f"check QDRANT_URL: {cluster.warning}" if cluster.warning else ""


def refusal(status: int, cluster: Cluster) -> str:
    if status in {401, 403} and not cluster.has_key:
        return f"the cluster wants a key ({status}) - set QDRANT_API_KEY"
    if status >= 500:
        return f"the server failed ({status}) - try again later, or look at the cluster in its console"
    return REFUSALS.get(status, f"the request was refused ({status})")


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, down to the system's own."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__
