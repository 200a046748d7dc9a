"""Knocks at a console as no browser would: with any header there is."""

import base64
import http.client
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict
    text: str


def knock(served, path, method="GET", *, cookie="", **headers):
    """Send one request; Host and Origin are whatever is given."""
    connection = http.client.HTTPConnection("127.0.0.1", served.shown.port, timeout=60)
    sent = {"Host": served.host} | ({"Cookie": cookie} if cookie else {}) | headers
    try:
        connection.putrequest(method, _quoted(path), skip_host=True)
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read().decode(errors="replace"))
    finally:
        connection.close()


def upgrade(served, path, *, cookie="", **headers):
    """Ask for a websocket and return the status of the answer: 101 when it was accepted."""
    asked = {
        "Host": served.host,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    asked |= ({"Cookie": cookie} if cookie else {}) | headers
    connection = http.client.HTTPConnection("127.0.0.1", served.shown.port, timeout=60)
    try:
        connection.putrequest("GET", path, skip_host=True)
        for name, value in asked.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def _quoted(path):
    return path.encode().decode("latin-1").encode("unicode_escape").decode().replace("\\x", "%")
