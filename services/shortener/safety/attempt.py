"""One request to the partner, on a connection that is kept, with a time-out over all of it."""

import asyncio
import time

import httpx2
from opentelemetry.trace import SpanKind

from services.kit.telemetry import fail, span, traceparent
from services.shortener.safety.metrics import AttemptEnd, PartnerMetrics

PATH = "/v1/verdicts"


class AttemptFailedError(Exception):
    """No verdict this time.

    Attributes:
        again: whether another attempt may have more luck.
        not_before_s: how long the partner asked us to wait first (Retry-After).
    """

    def __init__(self, why: str, *, again: bool, not_before_s: float = 0.0) -> None:
        super().__init__(why)
        self.again = again
        self.not_before_s = not_before_s


class Attempts:
    """The HTTP side. One client per process, because a connection is worth keeping."""

    def __init__(
        self, url: str, metrics: PartnerMetrics, *, timeout_s: float, connections: int
    ) -> None:
        self._url = url
        self._metrics = metrics
        self._timeout_s = timeout_s
        self._connections = connections
        self._http: httpx2.AsyncClient | None = None

    def open(self) -> None:
        """Make the client; connections are made when they are needed."""
        limits = httpx2.Limits(
            max_connections=self._connections, max_keepalive_connections=self._connections
        )
        # The client's own time-outs are per read: a partner that drips a byte a second would
        # never trip them. The limit over the whole attempt stands in `ask`.
        self._http = httpx2.AsyncClient(
            base_url=self._url,
            limits=limits,
            timeout=None,
            trust_env=False,
            # Reading the system's certificates takes 50 ms of each start; plain HTTP has no use
            # for them.
            verify=self._url.startswith("https:"),
        )

    async def close(self) -> None:
        """Close the connections that were kept."""
        if self._http is not None:
            await self._http.aclose()

    async def ask(self, url: str) -> bool:
        """Whether the partner says that this address is safe.

        Raises:
            AttemptFailedError: it did not say so, nor the opposite.
        """
        began_s = time.perf_counter()
        end = AttemptEnd.FAILED
        with span(f"POST {PATH}", SpanKind.CLIENT, peer__service="partner") as traced:
            try:
                async with asyncio.timeout(self._timeout_s):
                    verdict = read_verdict(await self._post(url))
                end = AttemptEnd.ANSWERED
            except TimeoutError:
                end = AttemptEnd.TIMED_OUT
                fail(traced, "timed out")
                raise AttemptFailedError("timed out", again=True) from None
            except httpx2.HTTPError as error:
                fail(traced, type(error).__name__)
                raise AttemptFailedError(type(error).__name__, again=True) from error
            finally:
                self._metrics.attempts.labels(end.value).inc()
                self._metrics.attempt_seconds.observe(time.perf_counter() - began_s)
        return verdict

    async def _post(self, url: str) -> httpx2.Response:
        if self._http is None:
            raise AttemptFailedError("not open", again=False)
        context = traceparent()
        headers = {"traceparent": context} if context else {}
        return await self._http.post(PATH, json={"url": url}, headers=headers)


def read_verdict(answer: httpx2.Response) -> bool:
    """The verdict in an answer. Anything that is not clearly one is none: it never means "safe".

    Raises:
        AttemptFailedError: there is none in it.
    """
    if answer.status_code == 200:
        try:
            verdict = answer.json()["verdict"]
        except (ValueError, KeyError, TypeError) as error:
            raise AttemptFailedError("an answer without a verdict", again=True) from error
        if verdict in ("safe", "unsafe"):
            return bool(verdict == "safe")
        raise AttemptFailedError("a verdict that we do not know", again=False)
    worth_it = answer.status_code >= 500 or answer.status_code == 429
    raise AttemptFailedError(
        f"status {answer.status_code}", again=worth_it, not_before_s=retry_after_s(answer)
    )


def retry_after_s(answer: httpx2.Response) -> float:
    """The seconds in Retry-After, if it is there and in seconds."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else 0.0
