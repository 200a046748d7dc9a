"""The history of faults is told line by line, stays small, and never stands in a fault's way."""

import json

from chaos.history import History


def test_each_change_is_a_line_with_its_moment(tmp_path):
    path = tmp_path / "run" / "history.jsonl"
    history = History(path)
    history.write("fault_on", "latency-1", {"kind": "toxic"}, 10.5)
    history.write("fault_off", "latency-1", {"kind": "toxic"}, 12.0)

    on, off = map(json.loads, path.read_text().splitlines())

    assert on == {"at_s": 10.5, "kind": "fault_on", "name": "latency-1", "spec": {"kind": "toxic"}}
    assert (off["kind"], off["at_s"]) == ("fault_off", 12.0)


def test_it_forgets_the_older_half_rather_than_grow_for_ever(tmp_path):
    path = tmp_path / "history.jsonl"
    history = History(path, most_bytes=2000)
    for number in range(200):
        history.write("fault_on", f"latency-{number}", {}, float(number))

    names = [json.loads(line)["name"] for line in path.read_text().splitlines()]

    assert path.stat().st_size <= 2000
    assert names[-1] == "latency-199"
    assert names == [f"latency-{n}" for n in range(200 - len(names), 200)]


def test_a_disk_that_refuses_is_no_error(tmp_path):
    (tmp_path / "run").write_text("a file where the folder should be")

    History(tmp_path / "run" / "history.jsonl").write("fault_on", "latency-1", {}, 1.0)
