from labs.engine.session import REPAIR, Session
from labs.engine.verdict import Outcome, Verdict


def judged(code, outcome=Outcome.PASS):
    return Verdict("sample", "workspace", outcome, (), "", code, "", 1.0)


def session(home, folder, source):
    now = Session(home)
    now.workspace.lay_out(folder, source)
    resolve = now.workspace.path / "services" / "shortener" / "resolve.py"
    resolve.write_text(resolve.read_text().replace("'broken'", "2  # mine"))
    run = home.runs / "20260101-000000-07-workspace"
    run.mkdir()
    return now, run


def test_what_was_changed_is_kept_beside_the_run_that_proved_it(home, folder, source):
    now, run = session(home, folder, source)

    now.note(folder, "check", judged(now.workspace.hash), run)

    assert "+b = 2  # mine" in (run / REPAIR).read_text()


def test_code_that_is_not_what_ran_is_not_kept_as_the_repair(home, folder, source):
    now, run = session(home, folder, source)

    now.note(folder, "check", judged("another"), run)
    now.note(folder, "check", judged(now.workspace.hash, Outcome.FAIL), run)

    assert not (run / REPAIR).exists()
    assert now.progress.lab("sample").solved_run == run.name
