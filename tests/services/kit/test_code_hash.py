import hashlib

from services.kit.code_hash import code_hash


def test_the_hash_is_of_paths_and_contents_in_order(tmp_path):
    root = tmp_path / "services"
    (root / "b").mkdir(parents=True)
    (root / "b" / "x.py").write_bytes(b"one")
    (root / "a.py").write_bytes(b"two")

    by_hand = hashlib.sha256(b"services/a.py\0two\0services/b/x.py\0one\0").hexdigest()[:12]

    assert code_hash(root) == by_hand


def test_bytecode_does_not_count(tmp_path):
    root = tmp_path / "services"
    (root / "__pycache__").mkdir(parents=True)
    (root / "a.py").write_text("pass")
    before = code_hash(root)
    (root / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"x")
    (root / "b.pyc").write_bytes(b"x")

    assert code_hash(root) == before


def test_an_edit_of_equal_size_counts(tmp_path):
    root = tmp_path / "services"
    root.mkdir()
    (root / "a.py").write_text("x = 1")
    before = code_hash(root)
    (root / "a.py").write_text("x = 2")

    assert code_hash(root) != before
