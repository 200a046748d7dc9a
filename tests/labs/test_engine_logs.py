import json

from labs.engine import logs

TRACE = "ab" * 16


def log(folder, component, *lines):
    folder.mkdir(exist_ok=True)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / f"{component}.log").write_text("".join(f"{text}\n" for text in texts))


def said(at, message, trace_id=TRACE, **more):
    return {"timestamp": at, "message": message, "trace_id": trace_id, "level": "info"} | more


def test_all_that_was_said_about_a_trace_comes_in_the_order_of_time(tmp_path):
    log(tmp_path, "shortener-a", said("2026-01-01T00:00:02Z", "second"), said("x", "no", "c" * 32))
    log(tmp_path, "relay", said("2026-01-01T00:00:01Z", "first"))

    found = logs.of_trace([tmp_path], TRACE)

    assert [(line.component, line.said["message"]) for line in found] == [
        ("relay", "first"),
        ("shortener-a", "second"),
    ]


def test_a_line_that_stands_in_the_run_and_in_the_home_is_told_once(tmp_path):
    for folder in ("run", "home"):
        log(tmp_path / folder, "relay", said("2026-01-01T00:00:01Z", "first"))

    assert len(logs.of_trace([tmp_path / "run", tmp_path / "home"], TRACE)) == 1


def test_a_line_that_is_not_json_is_told_as_it_is(tmp_path):
    log(tmp_path, "edge", f"GET / trace={TRACE}")

    [line] = logs.of_trace([tmp_path], TRACE)

    assert f"trace={TRACE}" in logs.spoken(line)


def test_a_line_is_told_with_time_speaker_words_and_what_else_it_knows(tmp_path):
    log(tmp_path, "relay", said("2026-01-01T10:11:12.345678Z", "published", rows=3, service="r"))

    [line] = logs.of_trace([tmp_path], TRACE)

    assert logs.spoken(line).split() == ["10:11:12.345", "relay", "info", "published", "rows=3"]
