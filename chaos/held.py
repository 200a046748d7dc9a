"""How much each link had to hold: the proof that a toxic met traffic, with either proxy.

Ours counts the waits themselves (`GET /stats`). Shopify's counts bytes, and only of connections
that have ended (`GET /metrics`, started with `-proxy-metrics`): there the number is what such
connections carried towards the client. That is weaker: it says that the link was used, not that
a byte was late. Whether the toxic bites is measured apart, by the probe of the fault.
"""

import re

import httpx2

from chaos.loopback import PLAIN

WITHIN_S = 5.0
NOT_FOUND = 404
_RECEIVED = re.compile(
    r'^toxiproxy_proxy_received_bytes_total\{direction="downstream"[^}]*proxy="([^"]+)"[^}]*\}'
    r" ([0-9.e+]+)$",
    re.MULTILINE,
)


def held(url: str) -> dict[str, int]:
    """Return what each link has held since its proxy started; more than before means it met some.

    A link without connections may be missing.
    """
    seen = httpx2.get(f"{url}/stats", timeout=WITHIN_S, **PLAIN)
    if seen.status_code == NOT_FOUND:
        metrics = httpx2.get(f"{url}/metrics", timeout=WITHIN_S, **PLAIN)
        return _carried(metrics.raise_for_status().text)
    links = seen.raise_for_status().json()["proxies"]
    return {name: int(link["held"]["total"]) for name, link in links.items()}


def _carried(metrics: str) -> dict[str, int]:
    return {name: int(float(number)) for name, number in _RECEIVED.findall(metrics)}
