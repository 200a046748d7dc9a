"""Questions about whether something answers yet. Each is quick, and a refusal is simply a no."""

import asyncio

from stack.home import LOOPBACK

ANSWER_WITHIN_S = 1.0


async def port_open(port: int) -> bool:
    """Whether something accepts a connection there."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def http_get(port: int, path: str) -> tuple[int, str]:
    """Return status and body of a GET; status 0 when there was no answer."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                # HTTP/1.0: the server closes, so the whole answer is what can be read.
                ask = f"GET {path} HTTP/1.0\r\nHost: {LOOPBACK}:{port}\r\n\r\n"
                writer.write(ask.encode())
                await writer.drain()
                answer = await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return 0, ""
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        return 0, ""
    return int(words[1]), body.decode(errors="replace")


async def http_ok(port: int, path: str) -> bool:
    """Whether a GET is answered with 200."""
    status, _ = await http_get(port, path)
    return status == 200
