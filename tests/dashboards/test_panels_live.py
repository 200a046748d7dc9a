"""Every panel, asked on the real stack while it is being used: none of them may stay empty."""

import pytest
from panels_asked import unanswered_while_used

from stack.home import CHECKOUT, Home
from stack.warden.client import Warden

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]
NEEDS = ("postgres", "redis", "edge", "prometheus", "kafka", "relay", "analytics")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    own = Home(tmp_path_factory.mktemp("home")).make()
    (own.path / "cache").rmdir()
    (own.path / "cache").symlink_to(Home.find().make().path / "cache")  # Kafka's jars, once
    warden = Warden(own)
    try:
        warden.up(NEEDS, CHECKOUT)
        yield own
    finally:
        warden.down()


async def test_every_query_of_every_panel_has_an_answer_while_the_system_is_used(home):
    unanswered = await unanswered_while_used(home.url("edge"), home.url("prometheus"))

    assert unanswered == []
