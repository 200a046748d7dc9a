from e2e.turns import MOST_IN_FULL, chosen, touched

SLUGS = ["one", "two", "three", "four", "five"]
VARIANTS = ["reference", "bug", "right/a", "wrong/b", "wrong/c"]


def files(*slugs):
    return [f"labs/catalogue/caching/{slug}/lab.toml" for slug in slugs]


def test_three_variants_run_on_every_change_and_the_wrong_ones_take_turns():
    turns = [chosen(VARIANTS, number, full=False) for number in range(4)]

    assert [three[:2] for three in turns] == [["reference", "bug"]] * 4
    assert [three[2] for three in turns] == ["wrong/b", "wrong/c", "wrong/b", "wrong/c"]


def test_a_lab_that_a_change_touches_runs_in_full():
    assert touched(SLUGS, [*files("two"), "services/kit/http.py", "labs/catalogue/x"], 0) == ["two"]
    assert chosen(VARIANTS, 7, full=True) == VARIANTS


def test_a_change_that_touches_many_labs_stays_within_the_time_and_they_take_turns():
    seen = [touched(SLUGS, files(*SLUGS), number) for number in range(5)]

    assert {len(full) for full in seen} == {MOST_IN_FULL}
    assert {slug for full in seen for slug in full} == set(SLUGS)


def test_a_change_elsewhere_runs_no_lab_in_full():
    assert touched(SLUGS, ["README.md", "labs/README.md"], 3) == []
