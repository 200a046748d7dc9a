"""A real HTTP server with the contract's health pages, so that the stack can be tested alone."""

import json
import os
import pathlib
import socket
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(prefix: str) -> None:
    """Answer on the port that the environment names, until killed."""
    told = {k: v for k, v in os.environ.items() if k.startswith(prefix)}
    home = pathlib.Path(os.environ["VIRTUAL_ENV"]).parent

    def may_read(name: str) -> bool:
        try:
            return any(True for _ in (home / name).iterdir())
        except OSError:
            return False

    def postgres_is_there() -> bool:
        address = urllib.parse.urlsplit(told[f"{prefix}_POSTGRES_DSN"])
        try:
            socket.create_connection((address.hostname, address.port), 1).close()
        except OSError:
            return False
        return True

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages = {
                "/livez": {"status": "pass", "instance": told[f"{prefix}_INSTANCE"]},
                "/environ": dict(os.environ),
                "/secrets": {"readable": may_read("secrets") or may_read("runs")},
                "/time": {"now": time.time()},
                "/path": {"path": sys.path, "uid": os.getuid()},
            }
            ready = self.path == "/readyz" and postgres_is_there()
            found = ready or self.path in pages
            body = json.dumps(pages.get(self.path, {"ready": ready})).encode()
            self.send_response(200 if found else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    Server(("127.0.0.1", int(told[f"{prefix}_PORT"])), Handler).serve_forever()
