"""Running variants of labs, again and again, on one stack or on two side by side."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from labs.engine.aside import Aside
from labs.engine.catalogue import LabFolder
from labs.engine.progress_file import ProgressFile
from labs.engine.runs import forget_old
from labs.engine.tree import content_hash
from labs.engine.verify import Row
from labs.engine.verify_one import VariantRun
from stack.home import Home, write_atomically
from stack.warden.client import Warden


@dataclass
class Table:
    """The rows of one lab so far, on disk after each run, so that it can be resumed."""

    path: Path
    key: str
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, home: Home, folder: LabFolder, *, resume: bool) -> Table:
        """Return an empty table, or the interrupted one if the content is still the same."""
        path = home.path / "verify" / f"{folder.lab.slug}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        table = cls(path, _key(folder))
        if resume:
            table._take_up()
        return table

    def _take_up(self) -> None:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if kept.get("key") == self.key:
            tuples = ("broken", "unpredicted", "symptoms", "failed")
            rows = [Row(**{**r, **{k: tuple(r.get(k, ())) for k in tuples}}) for r in kept["rows"]]
            # What could not be judged then is worth another try now.
            self.rows = [row for row in rows if row.verdict != "INCONCLUSIVE"]

    def has(self, variant: str, number: int) -> bool:
        """Whether this run was made already."""
        return any(row.variant == variant and row.number == number for row in self.rows)

    def add(self, row: Row) -> None:
        """Keep one more row, also on disk."""
        self.rows.append(row)
        kept = {"key": self.key, "rows": [asdict(row) for row in self.rows]}
        write_atomically(self.path, json.dumps(kept) + "\n")


def _key(folder: LabFolder) -> str:
    """Return a hash of the lab and of the services: rows of other content are not taken up."""
    digest = hashlib.sha256(content_hash(Path(__file__).parents[2]).encode())
    for path in sorted(folder.path.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(str(path.relative_to(folder.path)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Chapter:
    """One lab: which of its variants, and the table that their rows go into."""

    folder: LabFolder
    variants: Sequence[str]
    table: Table

    def wanted(self, runs: int) -> list[tuple[str, int]]:
        """Return every run that makes this chapter whole."""
        return [(variant, n) for n in range(1, runs + 1) for variant in self.variants]

    def missing(self, runs: int) -> list[tuple[str, int]]:
        """Return the runs that are still to be made."""
        return [(v, n) for v, n in self.wanted(runs) if not self.table.has(v, n)]

    def rows(self, runs: int) -> list[Row]:
        """Return the rows that were asked for, those of an earlier evening included."""
        wanted = set(self.wanted(runs))
        return [row for row in self.table.rows if (row.variant, row.number) in wanted]


# Of the first home's cache; nobody writes into these files, so the second has the very same ones.
FETCHED_ONCE = ("kafka", "bytecode")
Tell = Callable[[Chapter, Row], None]
Work = queue.SimpleQueue[tuple[Chapter, str, int]]


@dataclass
class Verification:
    """Every variant of every lab, `runs` times, by one or two workers with a stack each.

    One queue for all labs: a second stack starts once, and nobody waits for the last run of a lab.
    It gets ready while the first one runs; two timelines never overlap (`verify_clock.py`).
    """

    home: Home
    chapters: Sequence[Chapter]
    runs: int
    jobs: int = 1
    tell: Tell = lambda _chapter, _row: None
    whole: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _errors: list[BaseException] = field(default_factory=list)

    def run(self) -> None:
        """Run what is missing; an error of one worker ends all and is raised."""
        work: Work = queue.SimpleQueue()
        for chapter in self.chapters:
            for variant, number in chapter.missing(self.runs):
                work.put((chapter, variant, number))
        homes = [self.home, *(_second_home(self.home, n) for n in range(2, self.jobs + 1))]
        others = [threading.Thread(target=self._work, args=(home, work)) for home in homes]
        try:
            for other in others:
                other.start()
            for other in others:
                other.join()
        except KeyboardInterrupt:
            self.stop.set()
            for other in others:
                other.join()
            raise
        finally:
            for home in homes[1:]:
                Warden(home).down()
        if self._errors:
            raise self._errors[0]

    def _work(self, home: Home, work: Work) -> None:
        aside = Aside(Warden(home)) if self.jobs > 1 else None
        try:
            if aside:
                aside.step_aside()
            while not self.stop.is_set():
                chapter, variant, number = work.get_nowait()
                row = self._one(home, chapter.folder, variant, number, aside)
                with self._lock:
                    chapter.table.add(row)
                    self.tell(chapter, row)
        except queue.Empty:
            return
        except BaseException as error:  # noqa: BLE001 - raised again by run()
            self.stop.set()
            self._errors.append(error)
        finally:
            if aside:
                aside.come_forward()

    def _one(
        self, home: Home, folder: LabFolder, variant: str, number: int, aside: Aside | None
    ) -> Row:
        run = VariantRun(home, folder, variant, self.whole, self.stop, self._turn, aside)
        row = run.row(number)
        forget_old(home, pinned=ProgressFile(home).read().pinned_runs())
        return row


def _second_home(home: Home, number: int) -> Home:
    """Return a home beside the first, inside it, so that nothing lies anywhere else."""
    second = Home(home.path / "jobs" / str(number)).make()
    for name in FETCHED_ONCE:
        there, here = home.path / "cache" / name, second.path / "cache" / name
        if there.is_dir() and not here.exists():
            shutil.copytree(there, here, copy_function=os.link)
    return second
