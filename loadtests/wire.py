"""One HTTP exchange over geventhttpclient's pool and parser, with honest timestamps.

Why not Locust's FastHttpUser (or geventhttpclient's HTTPClient) itself, which use the very same
parts? Three reasons, all measured here or read in its source:

- `HTTPClient.request` silently sends a GET again when the connection closes early, up to once per
  pool slot. With 2,000 slots, one planned request becomes up to 2,002 against a server that cuts
  connections, and the record shows one. We never retry: what failed, failed.
- its pool holds 10 connections by default, and waiting for one happens before anything is stamped;
  a slow server then slows the schedule (a closed loop) and the record does not show it.
- it decodes, follows redirects, keeps cookies: twice the CPU for each request.

So: `sent_s` is stamped at the socket write. Waiting for a pool slot counts as schedule error,
because it is ours. Establishing a connection does not (`connect_s`): a server that does not accept
is slow, and its slowness belongs into the latency. Where no connection came about at all, `sent_s`
is the moment of the attempt; it is None only when we never got to try.
"""

import errno
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import gevent
import gevent.socket
from geventhttpclient.connectionpool import ConnectionPool
from geventhttpclient.response import HTTPParseError, HTTPSocketPoolResponse

from loadtests.machine import FEWEST_SLOTS
from loadtests.users.script import Request

_CLEAN = re.compile(r"[\x21-\x7e]+\Z")
_CLEAN_VALUE = re.compile(r"[\t\x20-\x7e]*\Z")
_ERRORS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EMFILE: "no descriptor",
}
_PARSER = {"closed": "closed", "incomplete": "cut short"}


@dataclass(slots=True)
class Exchange:
    """What happened to one request."""

    sent_s: float | None = None
    connect_s: float = 0.0
    done_s: float = 0.0
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str | None = None


class LoopbackPool(ConnectionPool):
    """geventhttpclient's pool, without name resolution and with a cheaper look at idle sockets."""

    def _resolve(self) -> list[Any]:
        host, port = self._connection_host, self._connection_port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))]

    def after_connect(self, sock: gevent.socket.socket) -> None:
        """Send small requests at once."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def idle_socket(self) -> gevent.socket.socket | None:
        """Return a connection that was kept alive and that the other side has not closed."""
        while not self._socket_queue.empty():
            sock = self._socket_queue.get(block=False)
            if _is_quiet(sock):
                return sock
            sock.close()
        return None

    def take_slot(self) -> None:
        """Wait until fewer than `size` requests are open; this wait is the generator's own."""
        self._semaphore.acquire()

    def give_slot_back(self) -> None:
        """Let the next one in, after an attempt that got no connection."""
        self._semaphore.release()

    def connect(self) -> gevent.socket.socket:
        """Open a new connection."""
        return self._create_socket()


def _is_quiet(sock: gevent.socket.socket) -> bool:
    # select() would refuse descriptors above 1023, and we hold up to 2,000.
    try:
        sock._sock.recv(1, socket.MSG_PEEK)  # noqa: SLF001 - the one below, which never waits
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False  # the end of the stream, or bytes that nobody asked for


class Wire:
    """All exchanges with one base URL."""

    def __init__(
        self, base_url: str, timeout_s: float, now_s: Callable[[], float], size: int = FEWEST_SLOTS
    ) -> None:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port or 80
        host = "127.0.0.1" if host == "localhost" else host
        self._host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._prefix = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._now_s = now_s
        self._pool = LoopbackPool(
            host, port, host, port, size, connection_timeout=timeout_s, network_timeout=timeout_s
        )

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.close()

    def exchange(self, request: Request, extra: Mapping[str, str]) -> Exchange:
        """Send one request, read the whole answer; every failure is a row, not an exception."""
        happened = Exchange()
        too_late = gevent.Timeout.start_new(self._timeout_s)
        try:
            self._talk(_bytes_of(request, self._prefix, self._host, extra), request, happened)
        except gevent.Timeout as timeout:
            if timeout is not too_late:
                raise
            happened.error = "timeout" if happened.sent_s is not None else "no slot"
        except gevent.GreenletExit:
            happened.error = "interrupted"
        except (OSError, ValueError, HTTPParseError) as failure:
            happened.error = _name_of(failure)
        finally:
            too_late.close()
        if happened.error is not None:
            happened.status = 0
        happened.done_s = self._now_s()
        return happened

    def _talk(self, message: bytes, request: Request, happened: Exchange) -> None:
        sock = self._connection(happened)
        try:
            happened.sent_s = self._now_s()
            sock.sendall(message)
        except BaseException:
            self._pool.release_socket(sock)
            raise
        response = HTTPSocketPoolResponse(
            sock, self._pool, block_size=16_384, method=request.method
        )
        body = _whole_body(response)
        happened.body, happened.headers = body, _headers_of(response)
        happened.status = response.get_code()

    def _connection(self, happened: Exchange) -> gevent.socket.socket:
        self._pool.take_slot()
        sock = self._pool.idle_socket()
        if sock is not None:
            return sock
        happened.sent_s = self._now_s()  # of the attempt; the write comes after it
        try:
            sock = self._pool.connect()
        except BaseException:
            self._pool.give_slot_back()
            raise
        happened.connect_s = self._now_s() - happened.sent_s
        return sock


def _whole_body(response: HTTPSocketPoolResponse) -> bytes:
    try:
        return bytes(response.read())
    finally:
        response.release()  # a no-op after a complete message


def _headers_of(response: HTTPSocketPoolResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.items()}


def _bytes_of(request: Request, prefix: str, host: str, extra: Mapping[str, str]) -> bytes:
    target = prefix + request.path
    if not target.startswith("/") or not _CLEAN.match(target):
        raise ValueError(f"{request.name}: {target!r} is not a path")
    lines = [f"{request.method} {target} HTTP/1.1", f"host: {host}"]
    for headers in (extra, request.headers):
        for name, value in headers.items():
            if not _CLEAN.match(name) or not _CLEAN_VALUE.match(value):
                raise ValueError(f"{request.name}: header {name!r} cannot be sent")
            lines.append(f"{name}: {value}")
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        lines.append(f"content-length: {len(request.body)}")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + request.body


def _name_of(failure: Exception) -> str:
    if isinstance(failure, HTTPParseError):
        said = str(failure).lower()
        return next((name for word, name in _PARSER.items() if word in said), "bad answer")
    return _ERRORS.get(getattr(failure, "errno", None) or 0, type(failure).__name__)
