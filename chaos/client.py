"""A client of Toxiproxy's HTTP API: for our proxy and for Shopify's alike.

`ProxyClient` for scripts, `AsyncProxyClient` for the loop; the same verbs. An answer other than
success raises `ProxyRefused` with the proxy's own words; a proxy that is not there raises
`ProxyUnreachable`.
"""

from fnmatch import fnmatchcase
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import httpx2

from chaos.loopback import PLAIN

Json = dict[str, Any]
TIMEOUT_S = 5.0


class ProxyRefused(ValueError):  # noqa: N818 - the message is the sentence
    """The proxy understood and said no; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ProxyUnreachable(ValueError):  # noqa: N818
    """Nothing that speaks HTTP answers at the address of the proxy."""


class ProxyGone(ProxyUnreachable):
    """Nothing listens there at all: the process is not running, and its toxics went with it."""


class Call(NamedTuple):
    """One request."""

    method: str
    path: str
    body: Any = None


def matching(pattern: str, names: list[str]) -> list[str]:
    """Return the names that a glob such as `shortener-*.redis` picks, in order."""
    return sorted(name for name in names if fnmatchcase(name, pattern))


def _proxy(name: str) -> str:
    return f"/proxies/{quote(name, safe='')}"


def _toxics(proxy: str, toxic: str | None = None) -> str:
    return f"{_proxy(proxy)}/toxics" + (f"/{quote(toxic, safe='')}" if toxic else "")


def _create(name: str, upstream: str, listen: str, enabled: bool) -> Call:
    body = {"name": name, "listen": listen, "upstream": upstream, "enabled": enabled}
    return Call("POST", "/proxies", body)


def _silence(url: str, error: httpx2.HTTPError) -> ProxyUnreachable:
    kind = ProxyGone if isinstance(error, httpx2.ConnectError) else ProxyUnreachable
    return kind(f"no fault proxy answers at {url}")


def _answer(response: httpx2.Response) -> Any:
    if response.is_success:
        return response.json() if response.content else None
    try:
        message = str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        message = response.text.strip() or f"HTTP {response.status_code}"
    raise ProxyRefused(response.status_code, message)


class ProxyClient:
    """The verbs, one blocking call each."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = httpx2.Client(base_url=url, timeout=TIMEOUT_S, **PLAIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the API."""
        self._http.close()

    def version(self) -> str:
        """Return the version that the proxy names."""
        return str(self._do(Call("GET", "/version"))["version"])

    def proxies(self) -> dict[str, Json]:
        """Return all proxies by name."""
        return dict(self._do(Call("GET", "/proxies")))

    def populate(self, proxies: list[Json]) -> list[Json]:
        """Create or replace many proxies; what is already as wanted stays untouched."""
        return list(self._do(Call("POST", "/populate", proxies))["proxies"])

    def create(self, name: str, upstream: str, listen: str = "127.0.0.1:0") -> Json:
        """Create one proxy; its real `listen` address is in the answer."""
        return dict(self._do(_create(name, upstream, listen, True)))

    def proxy(self, name: str) -> Json:
        """Return one proxy with its toxics."""
        return dict(self._do(Call("GET", _proxy(name))))

    def update(self, name: str, **changes: Any) -> Json:
        """Change `listen`, `upstream` or `enabled`."""
        return dict(self._do(Call("POST", _proxy(name), changes)))

    def remove(self, name: str) -> None:
        """Remove a proxy."""
        self._do(Call("DELETE", _proxy(name)))

    def toxics(self, proxy: str) -> list[Json]:
        """Return the toxics of a proxy."""
        return list(self._do(Call("GET", _toxics(proxy))))

    def add_toxic(self, proxy: str, toxic: Json) -> Json:
        """Add a toxic."""
        return dict(self._do(Call("POST", _toxics(proxy), toxic)))

    def update_toxic(self, proxy: str, name: str, changes: Json) -> Json:
        """Change `attributes` or `toxicity`."""
        return dict(self._do(Call("POST", _toxics(proxy, name), changes)))

    def remove_toxic(self, proxy: str, name: str) -> None:
        """Remove a toxic."""
        self._do(Call("DELETE", _toxics(proxy, name)))

    def reset(self) -> None:
        """Enable all proxies and remove all toxics."""
        self._do(Call("POST", "/reset"))

    def probe(self, proxy: str, within_ms: int) -> Json:
        """Time one exchange under a proxy's toxics, beside the real link (our proxy only)."""
        return dict(self._do(Call("GET", f"{_proxy(proxy)}/probe?within_ms={within_ms}")))

    def stats(self) -> dict[str, Json]:
        """Return what each proxy saw (our proxy only)."""
        return dict(self._do(Call("GET", "/stats"))["proxies"])

    def clear_stats(self) -> None:
        """Zero the counters (our proxy only)."""
        self._do(Call("DELETE", "/stats"))

    def _do(self, call: Call) -> Any:
        try:
            response = self._http.request(call.method, call.path, json=call.body)
        except httpx2.HTTPError as error:
            raise _silence(self._url, error) from error
        return _answer(response)


class AsyncProxyClient:
    """The same verbs for the loop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = httpx2.AsyncClient(base_url=url, timeout=TIMEOUT_S, **PLAIN)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to the API."""
        await self._http.aclose()

    async def version(self) -> str:
        """Return the version that the proxy names."""
        return str((await self._do(Call("GET", "/version")))["version"])

    async def proxies(self) -> dict[str, Json]:
        """Return all proxies by name."""
        return dict(await self._do(Call("GET", "/proxies")))

    async def populate(self, proxies: list[Json]) -> list[Json]:
        """Create or replace many proxies; what is already as wanted stays untouched."""
        return list((await self._do(Call("POST", "/populate", proxies)))["proxies"])

    async def create(self, name: str, upstream: str, listen: str = "127.0.0.1:0") -> Json:
        """Create one proxy; its real `listen` address is in the answer."""
        return dict(await self._do(_create(name, upstream, listen, True)))

    async def proxy(self, name: str) -> Json:
        """Return one proxy with its toxics."""
        return dict(await self._do(Call("GET", _proxy(name))))

    async def update(self, name: str, **changes: Any) -> Json:
        """Change `listen`, `upstream` or `enabled`."""
        return dict(await self._do(Call("POST", _proxy(name), changes)))

    async def remove(self, name: str) -> None:
        """Remove a proxy."""
        await self._do(Call("DELETE", _proxy(name)))

    async def toxics(self, proxy: str) -> list[Json]:
        """Return the toxics of a proxy."""
        return list(await self._do(Call("GET", _toxics(proxy))))

    async def add_toxic(self, proxy: str, toxic: Json) -> Json:
        """Add a toxic."""
        return dict(await self._do(Call("POST", _toxics(proxy), toxic)))

    async def update_toxic(self, proxy: str, name: str, changes: Json) -> Json:
        """Change `attributes` or `toxicity`."""
        return dict(await self._do(Call("POST", _toxics(proxy, name), changes)))

    async def remove_toxic(self, proxy: str, name: str) -> None:
        """Remove a toxic."""
        await self._do(Call("DELETE", _toxics(proxy, name)))

    async def reset(self) -> None:
        """Enable all proxies and remove all toxics."""
        await self._do(Call("POST", "/reset"))

    async def probe(self, proxy: str, within_ms: int) -> Json:
        """Time one exchange under a proxy's toxics, beside the real link (our proxy only)."""
        return dict(await self._do(Call("GET", f"{_proxy(proxy)}/probe?within_ms={within_ms}")))

    async def stats(self) -> dict[str, Json]:
        """Return what each proxy saw (our proxy only)."""
        return dict((await self._do(Call("GET", "/stats")))["proxies"])

    async def clear_stats(self) -> None:
        """Zero the counters (our proxy only)."""
        await self._do(Call("DELETE", "/stats"))

    async def _do(self, call: Call) -> Any:
        try:
            response = await self._http.request(call.method, call.path, json=call.body)
        except httpx2.HTTPError as error:
            raise _silence(self._url, error) from error
        return _answer(response)
