"""The report: one file, honest, and silent about how a repair was done."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from run_samples import write_run

from labs.report import plot, write
from labs.report.series import Dot

VOID = {"meta", "br", "link", "img", "input"}


class Page(HTMLParser):
    """Checks that tags are balanced while it collects headings, attributes and text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.headings, self.attributes, self.words = [], [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.attributes += [(tag, *attribute) for attribute in attrs]

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, *attribute) for attribute in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def runs(tmp_path):
    before = write_run(tmp_path / "before-run", repaired=False, rps=100)
    return before, write_run(tmp_path / "after-run", repaired=True, rps=100)


@pytest.fixture
def report(runs, tmp_path):
    def made(**options):
        options = {"title": "Every two seconds"} | options
        return write(*runs, tmp_path / "out" / "report.html", **options).read_text()

    return made


def change(run, name, edit):
    path = run / name
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(edit(line)) + "\n" for line in lines))


def test_the_page_is_well_formed_and_its_headings_do_not_skip_a_level(report):
    page = Page(report())

    assert page.headings.count(1) == 1
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert all(below <= above + 1 for above, below in steps)


def test_it_opens_offline_nothing_is_fetched_and_nothing_runs(report):
    html = report()

    assert "<script" not in html
    assert not re.search(r"@import|url\(", html)
    fetched = {"src", "href", "srcset", "action", "data"}
    assert [a for a in Page(html).attributes if a[1] in fetched or a[1].startswith("on")] == []


def test_every_plot_is_valid_and_says_in_words_what_it_shows(report):
    pictures = re.findall(r"<svg.*?</svg>", report(), re.DOTALL)

    assert len(pictures) >= 8
    for picture in pictures:
        label = ET.fromstring(picture).attrib["aria-label"]
        assert re.search(r"Highest before: .* Highest after: |requests: \d+ waited", label)


def test_the_claims_say_held_or_broke_in_words_with_what_was_needed(report):
    text = Page(report()).text

    assert "the database sees few reads per expiry each expiry sent 87 identical reads" in text
    assert "87 broke 2 held at most 14 reads" in text
    assert text.index("FAIL") < text.index("PASS")


def test_a_fault_is_told_with_what_it_did_and_when(report):
    text = Page(report()).text

    assert "fault, 0.0 to 10.6 s: latency on shortener-*.postgres (latency=250" in text


def test_the_plotted_figures_stand_in_a_table_too(report):
    html = report()
    table = re.search(r'<table class="numbers">.*?</table>', html, re.DOTALL)[0]

    rows = re.findall(r'<tr><th scope="row">(\d+)</th>(.*?)</tr>', table)
    assert [int(second) for second, _ in rows] == list(range(9))
    assert re.findall("<td>(.*?)</td>", rows[1][1])[:2] == ["100", "100"]


def test_the_diff_is_shown_only_when_it_was_asked_for(report):
    diff = "--- a/cache.py\n+++ b/cache.py\n@@ -1 +1 @@\n-async def load\n+async with flight"

    assert "async with flight" not in report()
    assert '<span class="added">+async with flight</span>' in report(show_diff=diff)


def test_steps_that_only_the_repair_takes_keep_their_length_and_lose_their_name(runs, report):
    def rename(span):
        return span | {"name": "lease SETNX"} if span["name"] == "pool acquire" else span

    change(runs[1], "spans.jsonl", rename)

    assert "lease SETNX" not in report()
    assert "work that the broken version does not do" in report()
    assert "lease SETNX" in report(show_diff="+x")


def test_statements_that_only_the_repair_sends_are_not_told(runs, report):
    def rename(sample):
        if "statements" in sample:
            sample["statements"]["12"] = "SELECT pg_advisory_lock($1)"
        return sample

    change(runs[1], "samples.jsonl", rename)

    assert "pg_advisory_lock" not in report()
    assert "pg_advisory_lock" in report(show_diff="+x")


def test_whatever_a_run_recorded_is_text_never_markup(runs, report):
    evil = "<img src=x onerror=alert(1)>"
    change(runs[0], "events.jsonl", lambda event: event | {"name": evil, "says": evil})
    change(runs[0], "spans.jsonl", lambda span: span | {"name": evil})
    change(runs[1], "spans.jsonl", lambda span: span | {"name": evil})

    html = report(title=evil, show_diff=f"+{evil}")

    assert "<img" not in html
    assert evil in Page(html).text


def test_a_run_that_was_killed_early_still_has_a_report(tmp_path):
    (empty := tmp_path / "empty").mkdir()
    (empty / "plan.json").write_text('{"t0": 1.0, "phases": []}')
    whole = write_run(tmp_path / "whole", repaired=False, rps=50)

    for before, after in ((empty, whole), (whole, empty), (empty, empty)):
        page = Page(write(before, after, tmp_path / "r.html", title="x").read_text())
        assert "no verdict" in page.text


def test_it_stays_under_a_megabyte_with_twenty_thousand_requests_and_the_slow_ones_are_all_drawn(
    tmp_path,
):
    runs = [write_run(tmp_path / n, repaired=n == "b", rps=2600) for n in "ab"]

    html = write(*runs, tmp_path / "r.html", title="x").read_text()

    assert len(html.encode()) < 1_000_000
    assert "Of the quick ones, 1 in 4 is drawn" in html


def test_a_line_has_a_gap_where_nothing_was_measured():
    axes = plot.Axes(length_s=4, top=10)

    path = plot.line(axes, [(0, 1.0), (1, 2.0), (2, None), (3, 3.0)], "before")

    assert path.count("M") == 2
    assert path.count("L") == 1


def test_a_request_that_failed_is_a_cross_not_a_dot():
    drawn = plot.scatter(plot.Axes(2, 1000, 1.0), [Dot(1, 50, good=False)], "before")

    assert 'class="failed"' in drawn
    assert "h0" not in drawn


def test_labels_that_end_at_the_same_height_are_moved_apart():
    axes = plot.Axes(length_s=4, top=10)
    flat = [(0.0, 0.0), (4.0, 0.0)]

    ys = re.findall(r' y="([\d.]+)"', plot.end_labels(axes, [("before", flat), ("after", flat)]))

    assert abs(float(ys[0]) - float(ys[1])) >= 12
    assert max(map(float, ys)) <= axes.floor + 5
