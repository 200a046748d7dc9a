"""Which links a fault hits: the names of proxies, given one by one or by a glob."""

from chaos.client import AsyncProxyClient, matching
from chaos.trouble import BadFault


async def picked(client: AsyncProxyClient, pattern: str) -> list[str]:
    """Return the names of the proxies that a pattern picks; none is an error."""
    there = list(await client.proxies())
    names = matching(pattern, there)
    if not names:
        known = ", ".join(sorted(there)) or "none"
        raise BadFault(f"no proxy is called {pattern}; there are: {known}")
    return names
