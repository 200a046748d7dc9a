"""The yardstick: the services' server (uvicorn, uvloop, httptools) around a constant 302."""

import asyncio
import gc
import sys
from typing import Any

import uvicorn

_HEADERS = [
    (b"location", b"https://example.com/landing"),
    (b"cache-control", b"private, max-age=0"),
    (b"content-length", b"0"),
]


async def constant(_scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Answer every request with the same redirect: no routing, no lookup, no telemetry."""
    await send({"type": "http.response.start", "status": 302, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b""})


def main(port: int) -> None:
    """Serve on loopback until a signal, collector frozen as in the services."""
    config = uvicorn.Config(
        constant,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    gc.collect()
    gc.freeze()
    asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]))
