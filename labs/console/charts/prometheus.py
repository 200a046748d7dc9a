"""Asks Prometheus for a panel's lines, without holding up the page that shows them."""

import asyncio
import math
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx2

from chaos.loopback import PLAIN
from labs.console.charts.board import Panel, Target
from labs.console.charts.window import Window, filled
from labs.engine.prometheus import Series
from stack.trouble import Trouble

ASK_WITHIN_S = 5.0
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Prometheus:
    """One Prometheus; open it once and ask it often."""

    def __init__(self, url: str, http: httpx2.AsyncClient | None = None) -> None:
        self._url = url
        self._http = http or httpx2.AsyncClient(timeout=ASK_WITHIN_S, **PLAIN)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def ask(self, panel: Panel, window: Window) -> list[Series]:
        """Return the panel's lines in the order of its queries, none where nothing was recorded.

        Raises:
            Trouble: Prometheus does not answer, or refuses the query.
        """
        answers = await asyncio.gather(*(self._lines(one, window) for one in panel.targets))
        return [line for answer in answers for line in answer]

    async def _lines(self, target: Target, window: Window) -> list[Series]:
        asked: dict[str, str | int] = {
            "query": filled(target.expr, window),
            "start": window.begins_s,
            "end": window.ends_s,
            "step": window.step_s,
        }
        try:
            answer = await self._http.get(f"{self._url}/api/v1/query_range", params=asked)
        except httpx2.HTTPError as error:
            raise Trouble("Prometheus does not answer.", "./lab status") from error
        if answer.status_code != 200:
            raise Trouble(f"Prometheus refuses the query: {_why(answer)}.", "./lab status")
        matrix = answer.json()["data"]["result"]
        lines = [series_of(target.legend, one, window) for one in matrix]
        return sorted(lines, key=lambda line: line.name)


def series_of(legend: str, one: Mapping[str, Any], window: Window) -> Series:
    """Read one line of Prometheus' answer; what is not a number is a gap."""
    labels = one["metric"]
    name = _LABEL.sub(lambda label: str(labels.get(label[1], "")), legend).strip()
    by_second = {int(at_s): _number(value) for at_s, value in one["values"]}
    return Series(name or "value", tuple(by_second.get(second) for second in window.seconds))


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _why(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code)
