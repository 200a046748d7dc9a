"""Addresses the proxy accepts: loopback and nothing else."""

import ipaddress

from chaos.proxy.errors import ApiError, bad_request_body, not_loopback


def parsed(address: str) -> tuple[str, int]:
    """Return host and port of `host:port`; an empty host is 127.0.0.1, an empty string port 0."""
    host, colon, port = address.rpartition(":")
    if address and not colon:
        raise _malformed(address)
    if port and not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise _malformed(address)
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not _is_loopback(host):
        raise not_loopback(address)
    return host, int(port or 0)


def joined(host: str, port: int) -> str:
    """Return `host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _malformed(address: str) -> ApiError:
    return bad_request_body(f"{address!r} is not host:port")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
