"""A proxy like that of a Space: it answers preflight requests itself, without Access-Control-Allow-Credentials."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import httpx

HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class Edge(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: str
    allowed_headers: str

    def do_OPTIONS(self) -> None:
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", "*"))
        self.send_header("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
        self.send_header("Access-Control-Allow-Headers", self.allowed_headers)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.forward()

    def do_POST(self) -> None:
        self.forward()

    def do_PATCH(self) -> None:
        self.forward()

    def do_DELETE(self) -> None:
        self.forward()

    def forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = [(name, text) for name, text in self.headers.items() if name.lower() not in HOP_BY_HOP]
        client = httpx.Client(base_url=self.upstream, trust_env=False, timeout=60.0)
        with client, client.stream(self.command, self.path, headers=headers, content=body) as reply:
            self.send_response(reply.status_code)
            for name, text in reply.headers.multi_items():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, text)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for piece in filter(None, reply.iter_raw()):
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.write(b"0\r\n\r\n")
            except (ConnectionError, httpx.TransportError):  # the client or the server closed the connection
                self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def edge_proxy(port: int, allowed_headers: str = "authorization, content-type") -> Iterator[str]:
    """Yields the address of the proxy, which forwards streamed responses piece by piece."""
    upstream = f"http://127.0.0.1:{port}"
    handler = type("Edge", (Edge,), {"upstream": upstream, "allowed_headers": allowed_headers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True  # the proxy notices that a reader has left only with the next piece
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
