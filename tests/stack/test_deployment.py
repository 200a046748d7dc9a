from pathlib import Path

import pytest

from services.kit.code_hash import code_hash as code_hash_of_a_service
from stack.components.service import scale_for
from stack.deployment import code_hash, own_version, read_deploy_env
from stack.home import CHECKOUT
from stack.trouble import Trouble


def tree(tmp_path: Path, **files: str) -> Path:
    services = tmp_path / "services"
    services.mkdir()
    for name, text in files.items():
        (services / f"{name}.py").write_text(text)
    return services


def test_the_stack_and_the_services_hash_code_alike(tmp_path: Path) -> None:
    services = tree(tmp_path, a="x = 1\n", b="y = 2\n")
    (services / "__pycache__").mkdir()
    (services / "__pycache__" / "a.pyc").write_bytes(b"stale")

    assert code_hash(services) == code_hash_of_a_service(services)


def test_an_edit_of_equal_size_within_the_same_second_changes_the_hash(tmp_path: Path) -> None:
    services = tree(tmp_path, a="x = 1\n")
    before = code_hash(services)
    (services / "a.py").write_text("x = 2\n")

    assert code_hash(services) != before


def test_deploy_env_takes_comments_quotes_and_names_with_and_without_prefix(
    tmp_path: Path,
) -> None:
    file = tmp_path / "deploy.env"
    file.write_text("# turn these\nPOOL_SIZE=5 # connections\nexport RELAY_BATCH='9'\n\n")

    assert read_deploy_env(file, "RELAY_") == {"RELAY_POOL_SIZE": "5", "RELAY_BATCH": "9"}
    assert read_deploy_env(tmp_path / "none", "RELAY_") == {}


def test_a_line_of_deploy_env_that_is_not_one_is_told_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "deploy.env"
    file.write_text("POOL_SIZE=5\npool size 7\n")

    with pytest.raises(Trouble, match=r"deploy\.env:2 is not KEY=VALUE"):
        read_deploy_env(file, "RELAY_")


def test_a_scale_without_a_prefix_is_the_shorteners() -> None:
    scale = {"CACHE_TTL_S": "2", "RELAY_BATCH": "7", "SHORTENER_LEASE": "off"}

    expected = {"SHORTENER_CACHE_TTL_S": "2", "SHORTENER_LEASE": "off"}
    assert scale_for("SHORTENER_", scale) == expected
    assert scale_for("RELAY_", scale) == {"RELAY_BATCH": "7"}


def test_the_stacks_own_version_is_stable() -> None:
    assert own_version(CHECKOUT) == own_version(CHECKOUT)
