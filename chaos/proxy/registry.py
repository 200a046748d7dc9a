"""All proxies of one process, by name."""

from typing import Any

from chaos.proxy import errors
from chaos.proxy.fault_proxy import FaultProxy


class Registry:
    """What the HTTP API acts on."""

    def __init__(self) -> None:
        self._proxies: dict[str, FaultProxy] = {}

    def all(self) -> list[FaultProxy]:
        """Return the proxies, oldest first."""
        return list(self._proxies.values())

    def get(self, name: str) -> FaultProxy:
        """Return one proxy."""
        if name not in self._proxies:
            raise errors.proxy_not_found()
        return self._proxies[name]

    async def create(self, wanted: dict[str, Any]) -> FaultProxy:
        """Add a proxy; it is started unless `enabled` is false."""
        _check_fields(wanted, "")
        if wanted["name"] in self._proxies:
            raise errors.proxy_already_exists()
        return await self._add(wanted)

    async def update(self, name: str, wanted: dict[str, Any]) -> FaultProxy:
        """Change `listen`, `upstream` or `enabled`; what is not named stays."""
        proxy = self.get(name)
        _check_types(wanted)
        await proxy.update(
            wanted.get("listen", proxy.listen),
            wanted.get("upstream", proxy.upstream),
            enabled=wanted.get("enabled", proxy.enabled),
        )
        return proxy

    def remove(self, name: str) -> None:
        """Stop a proxy and forget it."""
        self.get(name).stop()
        del self._proxies[name]

    async def populate(self, wanted: list[dict[str, Any]], done: list[FaultProxy]) -> None:
        """Create or replace proxies; those that already are as wanted stay untouched.

        Each one that succeeded is appended to `done`, also when a later one fails.
        """
        for number, one in enumerate(wanted, start=1):
            _check_fields(one, f" at proxy {number}")
        for one in wanted:
            existing = self._proxies.get(one["name"])
            if existing and not existing.differs(one.get("listen", ""), one["upstream"]):
                done.append(existing)
                continue
            if existing:
                self.remove(existing.name)
            done.append(await self._add(one))

    async def reset(self) -> None:
        """Enable all proxies and take all toxics away."""
        for proxy in self.all():
            await proxy.start()
            proxy.remove_toxics()

    def close(self) -> None:
        """Stop all proxies."""
        for proxy in self.all():
            proxy.stop()

    async def _add(self, wanted: dict[str, Any]) -> FaultProxy:
        proxy = FaultProxy(wanted["name"], wanted.get("listen", ""), wanted["upstream"])
        if wanted.get("enabled", True):
            await proxy.start()
        self._proxies[proxy.name] = proxy
        return proxy


def _check_fields(wanted: dict[str, Any], where: str) -> None:
    _check_types(wanted)
    for name in ("name", "upstream"):
        if not wanted.get(name):
            raise errors.missing_field(name + where)


def _check_types(wanted: Any) -> None:
    if not isinstance(wanted, dict):
        raise errors.bad_request_body("a proxy is an object")
    for name, kind in (("name", str), ("listen", str), ("upstream", str), ("enabled", bool)):
        if wanted.get(name) is None:
            wanted.pop(name, None)
        elif not isinstance(wanted[name], kind):
            raise errors.bad_request_body(f"{name} must be of type {kind.__name__}")
