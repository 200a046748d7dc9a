"""A worker service as it is deployed: a process with an environment, asked over a socket."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
from redis_server import free_port

ROOT = Path(__file__).parents[2]


@contextlib.asynccontextmanager
async def service_process(
    name: str, **settings: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx2.AsyncClient]]:
    port = free_port()
    given = {"INSTANCE": name, "PORT": str(port), "DRAIN_NOTICE_S": "0"} | settings
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-B", "-m", f"services.{name}",
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        | {f"{name.upper()}_{key}": value for key, value in given.items()},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            await answers(http, "/livez")
            yield process, http
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def answers(http: httpx2.AsyncClient, path: str, status: int = 200) -> httpx2.Response:
    """Ask until it answers so."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(httpx2.TransportError):
                answer = await http.get(path)
                if answer.status_code == status:
                    return answer
            await asyncio.sleep(0.05)
