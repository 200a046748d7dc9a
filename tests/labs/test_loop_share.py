import json
import struct
import xml.etree.ElementTree as ET
import zlib

import pytest
from loop_samples import BROKEN, SECRET_HOST, SECRET_USER, SOLVED, begun, solved

from labs.engine.catalogue import find
from labs.engine.figures import percentile
from labs.engine.recorded import RecordedRun
from labs.share.badge import badge


@pytest.fixture
def lab(tmp_path):
    return solved(tmp_path)


def chunks(png):
    """The kinds of chunks of a PNG with what is in them."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def test_three_lines_a_picture_of_1200_by_630_and_a_badge(lab):
    told = json.loads(lab("share", "--json"))

    assert len(told["lines"]) == 3
    assert told["lines"][0] == f"Short Circuit, lab 07: {find('07').lab.title}"
    assert "FAIL -> PASS" in told["lines"][1]
    assert "2 checks, 0 hints" in told["lines"][1]
    folder = lab.home.path / "share"
    assert (folder / "lab-07.txt").read_text().splitlines() == told["lines"]
    parts = dict(chunks((folder / "lab-07.png").read_bytes()))
    assert struct.unpack(">II", parts[b"IHDR"][:8]) == (1200, 630)
    ET.fromstring((folder / "badge.svg").read_text())


def test_how_long_people_waited_is_told_of_what_the_lab_is_about(lab):
    def waits(requests, name):
        return [(r["done_s"] - r["planned_s"]) * 1000 for r in requests if r["phase"] == name]

    told = json.loads(lab.quick("share", "--json"))["lines"][1]
    after = RecordedRun(lab.home.runs / SOLVED)
    launch, others = (waits(after.requests, name) for name in ("launch", "newsletter"))

    shown = float(told.rsplit("-> ", 1)[1].removesuffix(" ms"))
    assert shown == pytest.approx(percentile(launch, 99), abs=0.5)
    assert shown != pytest.approx(percentile([*launch, *others], 99), abs=0.5)


def test_nothing_is_given_away(lab):
    lab("share")
    folder = lab.home.path / "share"
    told = "".join(path.read_text() for path in (folder / "lab-07.txt", folder / "badge.svg"))
    png = (folder / "lab-07.png").read_bytes()
    kinds = {kind for kind, _ in chunks(png)}
    told += png.decode("latin-1")

    assert not kinds & {b"tEXt", b"iTXt", b"zTXt", b"eXIf"}
    zlib.decompress(b"".join(data for kind, data in chunks(png) if kind == b"IDAT"))
    asked = find("07").lab
    secrets = [SECRET_USER, SECRET_HOST, str(lab.home.path), BROKEN, asked.slug]
    secrets += [claim.says for claim in asked.claim] + [m.says for m in asked.diagnosis.mechanism]
    assert [secret for secret in secrets if secret in told] == []


def test_a_lab_that_is_not_solved_has_nothing_to_show(tmp_path):
    lab = begun(tmp_path)

    assert "nothing to show" in lab.quick("share", code=2)
    assert "is not solved yet" in lab.quick("share", "07", code=2)


def test_a_lab_whose_runs_are_gone_says_so(lab):
    (lab.home.runs / BROKEN / "requests.jsonl").unlink()

    assert "has not both runs" in lab.quick("share", code=2)


def test_the_badge_counts_labs():
    assert "3 of 10 labs" in badge(3, 10)
