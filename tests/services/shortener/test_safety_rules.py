import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shortener.safety import rules
from services.shortener.safety.rules import RefusedUrl

OWN = frozenset({"sho.rt"})


def refused(url):
    with pytest.raises(RefusedUrl) as caught:
        rules.check(url, OWN)
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://EXAMPLE.com:8443/A?b=c#d", "https://example.com:8443/A?b=c#d"),
        ("http://example.com./", "http://example.com/"),
        ("https://bücher.example/ü?q=ü", "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC"),
        ("https://example.com/%41%20?a=%2F", "https://example.com/%41%20?a=%2F"),
        ("https://8.8.8.8/x", "https://8.8.8.8/x"),
        ("https://134744072/", "https://8.8.8.8/"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ("https://x.com/?u=sho.rt", "https://x.com/?u=sho.rt"),
        ("https://notsho.rt/", "https://notsho.rt/"),
    ],
)
def test_a_public_address_is_stored_in_one_form(url, stored):
    assert rules.check(url, OWN) == stored
    assert rules.check(stored, OWN) == stored


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "https:/example.com",
        "https://",
        "https:///x",
        "",
    ],
)
def test_only_http_and_https_with_a_host(url):
    refused(url)


@pytest.mark.parametrize(
    "url", ["https://user@example.com/", "https://a:b@example.com/", "https://@example.com/"]
)
def test_no_user_information(url):
    assert "user name" in refused(url)


LOOPBACKS = [
    "127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001",
    "0177.0.0.1", "127.0.0.1.", "１２７.0.0.1", "127。0。0。1", "[::1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "0", "0.0.0.0", "[::]",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "10.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0xa9fea9fe",
    "100.64.0.1", "[fe80::1]", "[fc00::1]", "[::ffff:10.0.0.1]", "224.0.0.1", "255.255.255.255",
    "198.18.0.1", "240.0.0.1",
]  # fmt: skip
NAMES = [
    "localhost", "LOCALHOST", "a.localhost", "localhost.", "printer.local", "db.internal",
    "router.lan", "x.home.arpa", "intranet",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACKS + PRIVATE + NAMES)
def test_no_host_of_a_private_network_however_it_is_written(host):
    refused(f"http://{host}/")
    refused(f"http://{host}:8080/")


@given(
    st.sampled_from(["127.0.0.0/8", "10.0.0.0/8", "192.168.0.0/16", "169.254.0.0/16"]), st.data()
)
def test_no_private_address_in_any_notation(network, data):
    inside = ipaddress.ip_network(network)
    n = int(inside[0]) + data.draw(st.integers(0, inside.num_addresses - 1))
    a, b, c, d = n.to_bytes(4, "big")
    for host in (
        str(n),
        hex(n),
        f"0{n:o}",
        f"{a}.{n & 0xFFFFFF}",
        f"{a}.{b}.{n & 0xFFFF}",
        f"0{a:o}.{b:#x}.{c}.{d}",
        f"[::ffff:{a}.{b}.{c}.{d}]",
    ):
        refused(f"http://{host}/")


@pytest.mark.parametrize("host", ["1.2.3.4.5", "256.1.1.1", "1.2.3.256", "4294967296", "09.1.1.1",
                                  "a.b.1", "1..2", "a..b", "-a.com", "a b.com", "ex%61mple.com",
                                  "[::1", "x" * 64 + ".com"])  # fmt: skip
def test_what_is_no_host_is_refused(host):
    refused(f"http://{host}/")


@pytest.mark.parametrize(
    "url", ["https://sho.rt/abc", "http://SHO.RT:81/", "https://www.sho.rt/", "https://sho.rt./x"]
)
def test_no_loops_to_ourselves(url):
    assert "back to us" in refused(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/\r\nSet-Cookie: a=b",
        "https://exam\tple.com/",
        "https://example.com\\@evil.example/",
        " https://example.com/",
        "https://example.com/a b",
        "https://example.com:99999/",
        "https://example.com/" + "a" * 2048,
        "https://example.com/" + "ü" * 1000,
    ],
)
def test_what_would_be_read_differently_elsewhere_is_refused(url):
    refused(url)


@given(st.text(max_size=100))
def test_any_text_is_refused_or_stored_as_plain_ascii(text):
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        try:
            stored = rules.check(url, OWN)
        except RefusedUrl:
            continue
        assert stored.isascii()
        assert not any(c.isspace() or ord(c) < 32 for c in stored)
        assert rules.check(stored, OWN) == stored
