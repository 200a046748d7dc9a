"""`python -m chaos.proxy --host 127.0.0.1 --port 8474`: the proxy and its API in one process."""

import argparse
import gc
import socket
import sys

import uvicorn
import uvloop

from chaos.proxy.address import joined, parsed
from chaos.proxy.api import create_app
from chaos.proxy.errors import ApiError
from chaos.proxy.registry import Registry


def main() -> None:
    """Serve until told to stop by SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m chaos.proxy", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback address of the HTTP API")
    parser.add_argument("--port", type=int, default=8474, help="its port; 0: the system chooses")
    options = parser.parse_args()
    try:
        host, port = parsed(joined(options.host, options.port))
        listener = socket.create_server((host, port), backlog=128)
    except (ApiError, OSError) as error:
        sys.exit(f"chaos.proxy: {error}")
    print(f"chaos.proxy listens on http://{joined(*listener.getsockname()[:2])}", flush=True)
    uvloop.run(serve(listener))


async def serve(listener: socket.socket) -> None:
    """Answer the API on a listening socket; the proxies run in the same loop."""
    registry = Registry()
    config = uvicorn.Config(
        create_app(registry), access_log=False, log_level="warning", lifespan="off"
    )
    gc.freeze()  # the collector need not look again at what was imported
    try:
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        registry.close()


if __name__ == "__main__":
    main()
