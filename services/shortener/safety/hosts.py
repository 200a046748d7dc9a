"""Hosts: which are public, in whatever way they are written.

A browser reads `0x7f.1` as 127.0.0.1, so we read it like that too. The order matters: first bring
the text into the one form that a browser would see, then judge that.
"""

import ipaddress
import re
import unicodedata

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]")
_DOTS = re.compile("[\u3002\uff0e\uff61]")  # full stops of other scripts, which IDNA reads as dots
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_PRIVATE_SUFFIXES = (
    ".localhost", ".local", ".internal", ".intranet", ".private", ".corp", ".home", ".lan",
    ".home.arpa", ".localdomain", ".onion",
)  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class RefusedHost(ValueError):  # noqa: N818 - a rule refuses, nothing went wrong
    """We do not point to this host; the message says why."""


def public(text: str) -> str:
    """The host in ASCII and lower case.

    Raises:
        RefusedHost: It is none, or it is not public.
    """
    host = _normal(text)
    address = _address(host)
    if address is not None:
        if not _is_public(address):
            raise RefusedHost("Addresses of private networks cannot be shortened.")
        return str(address)
    if host == "localhost" or host.endswith(_PRIVATE_SUFFIXES):
        raise RefusedHost("Hosts of private networks cannot be shortened.")
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise RefusedHost("This is not the name of a public host.")
    return host


def _normal(text: str) -> str:
    dotted = _DOTS.sub(".", unicodedata.normalize("NFKC", text)).removesuffix(".")
    try:
        ascii_form = dotted if dotted.isascii() else dotted.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise RefusedHost("This is not the name of a public host.") from error
    return ascii_form.lower()


def _address(host: str) -> Address | None:
    """The IP address that a browser would see in this host, or None for a name."""
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host)
        except ValueError as error:
            raise RefusedHost("This is not an address.") from error
    labels = host.split(".")
    if not _NUMBER.fullmatch(labels[-1]):
        return None
    # A host whose last label is a number is an IPv4 address or nothing (WHATWG URL).
    numbers = [_number(label) for label in labels]
    if len(numbers) > 4 or any(n > 255 for n in numbers[:-1]):
        raise RefusedHost("This is not an address.")
    value = numbers[-1]
    if value >= 256 ** (5 - len(numbers)):
        raise RefusedHost("This is not an address.")
    for place, number in enumerate(numbers[:-1]):
        value += number * 256 ** (3 - place)
    return ipaddress.IPv4Address(value)


def _number(label: str) -> int:
    """Decimal, octal (leading 0) or hexadecimal (leading 0x), as in C."""
    if not _NUMBER.fullmatch(label):
        raise RefusedHost("This is not an address.")
    try:
        if label[:2].lower() == "0x":
            return int(label[2:] or "0", 16)
        return int(label, 8 if label.startswith("0") else 10)
    except ValueError as error:
        raise RefusedHost("This is not an address.") from error


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast
