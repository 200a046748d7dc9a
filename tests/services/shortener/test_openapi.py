import pytest
from shortener_app import settings_for

from services.kit.problems import Problem
from services.shortener import problems
from services.shortener.app import create_app


@pytest.fixture(scope="module")
def document():
    settings = settings_for("postgresql://nobody@127.0.0.1:1/x", "redis://127.0.0.1:1/0")
    return create_app(settings).openapi()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_route_of_the_contract_is_there(document):
    assert {name for name, _ in operations(document)} >= {
        "POST /api/v1/auth/register",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/refresh",
        "POST /api/v1/auth/logout",
        "POST /api/v1/links",
        "GET /api/v1/links",
        "GET /api/v1/links/{code}",
        "PATCH /api/v1/links/{code}",
        "DELETE /api/v1/links/{code}",
        "GET /api/v1/links/{code}/stats",
        "GET /{code}",
    }


def test_every_error_is_declared_as_a_problem(document):
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (name, status)
                assert response["description"]


def test_every_reference_leads_somewhere(document):
    text = str(document)
    for part in text.split("#/components/schemas/")[1:]:
        assert part.split("'")[0] in document["components"]["schemas"]


def test_creating_declares_what_it_may_answer(document):
    declared = document["paths"]["/api/v1/links"]["post"]["responses"].keys()

    assert declared >= {"201", "401", "403", "409", "422", "429", "503"}


def test_every_problem_has_its_own_type():
    declared = [kind for kind in vars(problems).values() if isinstance(kind, type)]
    kinds = [k for k in declared if issubclass(k, Problem) and k.__module__ == problems.__name__]
    assert len({kind.type for kind in kinds}) == len(kinds)
    assert all(kind.__doc__ and kind.title and 400 <= kind.status < 600 for kind in kinds)
