"""A small HTTP server that misbehaves on request, and a way to drive a plan at it."""

import asyncio
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtests import ledger

ANSWER = b"HTTP/1.1 302 Found\r\nlocation: https://example.com/%s\r\ncontent-length: 0\r\n\r\n"


@dataclass
class BadServer:
    """Answers GET /x with a redirect to https://example.com/x, unless the path says otherwise."""

    seen: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    registered: set[str] = field(default_factory=set)
    stalled: asyncio.Event | None = None  # while set up and not set: nobody gets an answer
    server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path = head.split(" ", 2)[:2]
        length = [int(h.split(":")[1]) for h in head.lower().split("\r\n") if "content-length" in h]
        body = await reader.readexactly(length[0]) if length else b""
        self.seen[f"{method} {path}"] += 1
        if self.stalled is not None:
            await self.stalled.wait()
        return await self._answer(method, path, body, writer)

    async def _answer(
        self, method: str, path: str, body: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        if path.startswith("/api/"):
            writer.write(self._api(path, body))
        elif path == "/cut":
            return False
        elif path == "/half":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
            return False
        elif path == "/nonsense":
            writer.write(b"SMTP is a fine protocol too\r\n\r\n")
            return False
        elif path == "/hang":
            await asyncio.sleep(60)
        elif path == "/until-close":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")
            return False
        elif path.startswith("/slow"):
            await asyncio.sleep(0.3)
            writer.write(ANSWER % path[1:].encode())
        else:
            writer.write(ANSWER % path[1:].encode())
        await writer.drain()
        return True

    def _api(self, path: str, body: bytes) -> bytes:
        asked = json.loads(body or b"{}")
        status = b"201 Created"
        if path.endswith("/register"):
            if asked["email"] in self.registered:
                status = b"409 Conflict"
            self.registered.add(asked["email"])
        answer: dict[str, Any] = {"access_token": "token-of-" + asked.get("email", "")}
        if path == "/api/v1/links" and "url" in asked:
            answer = {"code": asked["url"].rpartition("/")[2], "url": asked["url"]}
        said = json.dumps(answer).encode()
        return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status, len(said), said)


@dataclass
class Driver:
    """Writes a plan down and runs it in a process of its own, as the engine does."""

    folder: Path

    async def start(self, plan: dict[str, Any]) -> asyncio.subprocess.Process:
        (self.folder / "plan.json").write_text(json.dumps(plan))
        command = [sys.executable, "-m", "loadtests.drive", "plan.json", "requests.jsonl"]
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env={"PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, plan: dict[str, Any]) -> ledger.Ledger:
        process = await self.start(plan)
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        return self.read()

    def read(self) -> ledger.Ledger:
        return ledger.load(self.folder / "requests.jsonl")


def plan(base_url: str, **phase: Any) -> dict[str, Any]:
    """Return a plan of one phase: 50 visits of /x in one second, unless told otherwise."""
    usual = {
        "name": "main",
        "start_s": 0,
        "duration_s": 1,
        "shape": {"kind": "steady", "rps": 50, "spacing": "even"},
        "user": "visitor",
        "args": {"codes": ["x"]},
    }
    return {"base_url": base_url, "seed": 1, "timeout_s": 5, "phases": [{**usual, **phase}]}
