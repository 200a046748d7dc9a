import pytest

from labs.bench.statements import Route, Statement, growth, is_session, parameters, shape_of


def statement(calls=50, blocks=150, shape=()):
    return Statement("SELECT id FROM links WHERE code_key = $1", calls, blocks, shape)


@pytest.mark.parametrize(
    "text",
    ["BEGIN", "COMMIT;", "ROLLBACK", "SELECT pg_advisory_unlock_all()", "RESET ALL", "SELECT 1"],
)
def test_what_reads_no_table_is_not_a_statement_of_the_request(text):
    assert is_session(text)


@pytest.mark.parametrize("text", ["SELECT 1 FROM links", "SELECT id FROM links", "  UPDATE links"])
def test_what_reads_a_table_is_one(text):
    assert not is_session(text)


def test_parameters_are_counted_by_the_highest_number():
    assert parameters("SELECT $2, $1, $12") == 12
    assert parameters("SELECT now()") == 0


def test_a_request_costs_all_its_statements():
    route = Route(50, (statement(calls=50, blocks=150), statement(calls=100, blocks=50)))

    assert route.statements_per_request == 3
    assert route.blocks_per_request == 4


def test_growth_compares_the_largest_with_the_smallest():
    small, middle, large = (Route(50, (statement(blocks=b),)) for b in (150, 900, 200))

    assert growth([small, middle, large]) == pytest.approx(4 / 3)


def test_scans_of_whole_tables_are_named():
    route = Route(50, (statement(shape=("Seq Scan on links", "Index Scan using links_code_key")),))

    assert route.whole_tables == ["Seq Scan on links"]


def test_a_plans_shape_is_its_nodes_that_touch_tables():
    scan = {"Node Type": "Index Scan", "Index Name": "links_of_owner", "Relation Name": "links"}
    update = {"Node Type": "ModifyTable", "Operation": "Update", "Relation Name": "links"}
    plan = {"Node Type": "Limit", "Plans": [update | {"Plans": [scan]}]}

    assert shape_of(plan) == ("Update on links", "Index Scan using links_of_owner")
