"""Who may come in: tried on a real console, over real sockets."""

import http.client
import subprocess
import sys

import pytest
from console_door import knock, upgrade

pytestmark = pytest.mark.timeout(180)

SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
POLLING = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"


def test_the_printed_address_gives_a_cookie_that_no_script_and_no_other_site_can_use(served):
    answer = knock(served, f"/?token={served.shown.token}")

    cookie = answer.headers["set-cookie"].lower()
    assert answer.status == 200
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert served.shown.token not in cookie


def test_with_the_cookie_the_page_is_there(served):
    answer = knock(served, "/", cookie=served.cookie)

    assert answer.status == 200
    assert "Short Circuit" in answer.text


def test_the_token_does_not_stay_in_the_address(served):
    answer = knock(served, f"/?token={served.shown.token}")

    assert 'location.replace("/")' in answer.text


@pytest.mark.parametrize("path", ["/", POLLING, "/_nicegui/x/static/nicegui.js", "/nowhere"])
@pytest.mark.parametrize("cookie", ["", "wrong"])
def test_without_the_cookie_there_is_nothing_at_any_address(served, path, cookie):
    wrong = f"{served.shown.cookie_name}={'0' * 64}" if cookie else ""

    assert knock(served, path, cookie=wrong).status == 403


@pytest.mark.parametrize("token", ["", "0" * 48, "é"])
def test_a_wrong_token_opens_nothing_and_gives_no_cookie(served, token):
    answer = knock(served, f"/?token={token}")

    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_a_token_is_good_for_the_door_only(served):
    assert knock(served, f"{POLLING}&token={served.shown.token}").status == 403


@pytest.mark.parametrize("name", ["rebound.example", "127.0.0.1.nip.example", "127.0.0.1", ""])
def test_a_name_that_was_rebound_to_loopback_is_refused_even_with_the_token(served, name):
    port = served.shown.port
    host = f"{name}:{port}" if "example" in name else name

    assert knock(served, "/", cookie=served.cookie, Host=host).status == 403
    assert knock(served, f"/?token={served.shown.token}", Host=host).status == 403
    assert upgrade(served, SOCKET, cookie=served.cookie, Host=host) == 403


def test_a_host_header_that_stands_twice_is_refused(served):
    connection = http.client.HTTPConnection("127.0.0.1", served.shown.port, timeout=30)
    connection.putrequest("GET", "/", skip_host=True)
    connection.putheader("Host", "rebound.example")
    connection.putheader("Host", served.host)
    connection.putheader("Cookie", served.cookie)
    connection.endheaders()

    assert connection.getresponse().status in {400, 403}
    connection.close()


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_from_elsewhere_is_refused_with_the_cookie_too(served, origin, method):
    for path in ("/", POLLING):
        answer = knock(served, path, method, cookie=served.cookie, Origin=origin)

        assert answer.status == 403


def test_a_change_that_does_not_say_where_it_comes_from_is_refused(served):
    assert knock(served, POLLING, "POST", cookie=served.cookie).status == 403


def test_a_page_at_another_port_of_this_machine_is_the_same_site_and_still_refused(served):
    headers = {"Sec-Fetch-Site": "same-site"}

    assert knock(served, "/", cookie=served.cookie, **headers).status == 403


def test_a_websocket_of_our_own_page_is_accepted(served):
    assert upgrade(served, SOCKET, cookie=served.cookie, Origin=served.origin) == 101


def test_a_websocket_without_the_cookie_is_refused(served):
    assert upgrade(served, SOCKET, Origin=served.origin) == 403


def test_a_websocket_with_the_token_in_place_of_the_cookie_is_refused(served):
    path = f"{SOCKET}&token={served.shown.token}"

    assert upgrade(served, path, Origin=served.origin) == 403


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
def test_a_websocket_from_elsewhere_is_refused_with_the_cookie_too(served, origin):
    assert upgrade(served, SOCKET, cookie=served.cookie, Origin=origin) == 403


def test_a_websocket_that_does_not_say_where_it_comes_from_is_refused(served):
    assert upgrade(served, SOCKET, cookie=served.cookie) == 403


def test_every_answer_forbids_assets_from_elsewhere(served):
    policy = knock(served, "/", cookie=served.cookie).headers["content-security-policy"]

    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_no_page_that_loads_from_elsewhere_is_served(served, path):
    assert knock(served, path, cookie=served.cookie).status == 404


def test_a_second_console_of_the_same_home_says_where_the_first_is(served):
    said = subprocess.run(
        [sys.executable, "-m", "labs", "--plain", "console"],
        env={"LAB_HOME": str(served.home.path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout

    assert f"It is up already: {served.shown.address}" in said


def test_no_other_verb_pays_for_the_console():
    program = (
        "import sys, typer; from labs import cli; from labs.commands import verbs\n"
        "verbs.register(typer.Typer(), ['--help'])\n"
        "sys.exit('nicegui' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
