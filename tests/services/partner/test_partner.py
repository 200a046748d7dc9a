import asyncio
import contextlib

import httpx2
import pytest
from shortener_app import lifespan

from services.partner import chat
from services.partner.app import create_app
from services.partner.behaviour import Control, Fate, fate
from services.partner.calls import spacing_ms
from services.partner.settings import PartnerSettings


@contextlib.asynccontextmanager
async def serving():
    app = create_app(PartnerSettings(instance="partner"))
    transport = httpx2.ASGITransport(app)
    async with (
        lifespan(app),
        httpx2.AsyncClient(transport=transport, base_url="http://partner") as http,
    ):
        yield http


@pytest.fixture
async def partner():
    async with serving() as http:
        await http.put("/control", json={"delay_ms": 0})
        yield http


async def verdict(partner, url="https://example.com/"):
    return await partner.post("/v1/verdicts", json={"url": url})


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://example.com/unsafe", "safe"),
        ("https://unsafe.example.com/", "unsafe"),
        ("https://www.UNSAFE-shop.example/x", "unsafe"),
    ],
)
async def test_the_verdict_is_in_the_host(partner, url, said):
    assert (await verdict(partner, url)).json() == {"verdict": said}


async def test_what_is_no_address_gets_no_verdict(partner):
    assert (await verdict(partner, "not a url")).status_code == 422


def test_every_fourth_call_fails_at_a_quarter():
    fates = [fate(n, Control(fail_ratio=0.25)) for n in range(1, 13)]

    assert fates == [Fate.ANSWER, Fate.ANSWER, Fate.ANSWER, Fate.FAIL] * 3


@pytest.mark.parametrize("ratio", [0.0, 0.1, 0.3, 1 / 3, 0.5, 0.9, 1.0])
def test_shares_are_exact_over_many_calls(ratio):
    fates = [fate(n, Control(fail_ratio=ratio)) for n in range(1, 1001)]

    assert abs(fates.count(Fate.FAIL) - 1000 * ratio) <= 1


async def test_a_failure_has_the_status_that_was_asked_for(partner):
    await partner.put("/control", json={"delay_ms": 0, "fail_ratio": 1, "fail_status": 500})

    assert [(await verdict(partner)).status_code for _ in range(3)] == [500] * 3


async def test_control_answers_what_was_set_and_the_rest_has_its_default_again(partner):
    assert (await partner.put("/control", json={"delay_ms": 7, "capacity": 3})).status_code == 200
    said = (await partner.put("/control", json={"fail_ratio": 0.5})).json()

    assert said == (await partner.get("/control")).json()
    assert said == Control(fail_ratio=0.5).model_dump()


@pytest.mark.parametrize("wanted", [{"delay": 5}, {"fail_ratio": 2}, {"capacity": 0}])
async def test_a_misspelt_or_impossible_control_is_refused(partner, wanted):
    assert (await partner.put("/control", json=wanted)).status_code == 422


async def test_capacity_is_a_number_of_calls_at_once_and_the_rest_waits(partner):
    await partner.put("/control", json={"delay_ms": 20, "capacity": 2})
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    answers = await asyncio.gather(*(verdict(partner) for _ in range(10)))

    assert {answer.status_code for answer in answers} == {200}
    assert loop.time() - began_s >= 5 * 0.02


async def test_beyond_its_queue_the_partner_refuses(partner):
    await partner.put("/control", json={"delay_ms": 50, "capacity": 1, "queue": 2})

    answers = await asyncio.gather(*(verdict(partner) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 503, 503]


async def test_calls_are_counted_with_keys_concurrency_and_spacing(partner):
    await partner.put("/control", json={"delay_ms": 20})
    await asyncio.gather(*(verdict(partner, f"https://example.com/{n % 3}") for n in range(6)))

    report = (await partner.get("/calls")).json()

    assert (report["calls"], report["distinct_keys"]) == (6, 3)
    assert report["peak_concurrency"] == 6
    assert report["outcomes"] == {"answered": 6}
    assert report["attempts_per_key"] == {"mean": 2.0, "most": 2}
    assert report["spacing_ms"]["count"] == 3
    assert len(report["arrivals"]) == 6

    await partner.delete("/calls")
    assert (await partner.get("/calls")).json()["calls"] == 0


async def test_a_hanging_call_is_given_up_when_its_client_leaves(partner):
    await partner.put("/control", json={"hang_ratio": 1})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await verdict(partner)

    report = (await partner.get("/calls")).json()
    assert (report["in_flight"], report["outcomes"]) == (0, {"abandoned": 1})


def test_equal_gaps_have_no_spread_and_jittered_ones_have():
    assert spacing_ms([0.1, 0.1, 0.1])["spread"] == pytest.approx(0, abs=0.01)
    assert spacing_ms([0.01, 0.1, 0.3])["spread"] > 0.5


async def test_the_model_speaks_the_openai_format_and_bills_tokens(partner):
    asked = {
        "model": "partner-small",
        "messages": [
            {"role": "system", "content": "You judge pages."},
            {"role": "user", "content": "Is https://unsafe.example.com/login fine?"},
        ],
        "temperature": 0,
    }

    answer = (await partner.post("/v1/chat/completions", json=asked)).json()
    again = (await partner.post("/v1/chat/completions", json=asked)).json()

    assert answer["object"] == "chat.completion"
    choice = answer["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert "unsafe" in choice["message"]["content"]
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert again["usage"] == usage
    metrics = (await partner.get("/metrics")).text
    assert f'partner_tokens_total{{kind="prompt"}} {2.0 * usage["prompt_tokens"]}' in metrics


def test_an_answer_longer_than_allowed_is_cut_and_says_so():
    asked = chat.ChatRequest(
        messages=[chat.Message(role="user", content="word " * 100)], max_tokens=5
    )

    answer = chat.complete(asked, number=1, now_s=0.0)

    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 5
