"""Two schedules of the soak on the real stack; a hundred are run by hand before a release."""

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_random_blows_under_load_lose_nothing(lab):
    answer = lab.answer("soak", "--schedules", "2", "--seed", "2", within_s=580)

    assert answer["violations"] == []
    assert answer["schedules"] == 2
    assert answer["acknowledged"] > 0
    judged = [row for row in answer["rows"] if not row["inconclusive"]]
    if not judged:
        pytest.skip(answer["rows"][0]["inconclusive"])
    assert all(row["events"] >= row["acknowledged"] for row in judged)
