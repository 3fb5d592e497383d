"""Takes in the pages of WARC files: read in a thread, extracted in worker processes, written by the archive's writer.

A bounded number of records is under way; what lies before the first of them is dealt with, and written down with the
file, so that an import that was killed goes on there. What it then meets again is in the archive, and known by that.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from archive.clock import to_text
from archive.errors import ArchiveError, InvalidInput
from archive.evidence.foreign import Answer, NoWarc, read_date
from archive.evidence.reading import CaptureUnreadable
from archive.models import Lead, Outcome, Visit
from archive.tables import imports
from crawler.commands.importing.ahead import Ahead, Room
from crawler.commands.importing.deferred import Deferred, Waiting
from crawler.commands.importing.homes import VIA
from crawler.commands.importing.inputs import Input
from crawler.commands.importing.meter import Meter
from crawler.commands.importing.pages import as_response, with_payload
from crawler.commands.importing.runs import ImportRun, Runs
from crawler.commands.importing.sorting import Candidate, Mark, Places, Reading, Wish
from crawler.commands.importing.tally import LOCKED_OUT, NO_ORIGINAL, Tally, tell_broken
from crawler.commands.importing.visits import visit_of
from crawler.run import Workshop

# More than the writer takes in at once, so that the workers need not wait for it.
_UNDER_WAY, _UNDER_WAY_BYTES = 160, 96 * 1024 * 1024
_NOTE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Job:
    """What an import works with. wanted: what was asked for, as text: a file is read again for anything else."""

    workshop: Workshop
    conn: sqlite3.Connection
    places: Places
    wish: Wish
    wanted: str
    again: bool
    say: Callable[[str], None]


@dataclass(slots=True, eq=False)
class _OpenFile:
    """A file that is being read.

    under_way: where each record begins that is, how many come before, and its task. passed: the last place that the
    reader, which is ahead, has told of. held: where the first record lies that has to wait.
    """

    input: Input
    row_id: int
    reading: Reading
    under_way: deque[tuple[int, int, asyncio.Task[None]]] = field(default_factory=deque)
    passed: tuple[int, int] = (0, 0)
    held: tuple[int, int] | None = None
    waits_for_lock: bool = False

    def hold(self, candidate: Candidate) -> None:
        """Have the next import begin no later than with this record."""
        place = candidate.head.offset, candidate.number
        self.held = min(self.held or place, place)

    def reached(self) -> tuple[int, int]:
        """Return what is dealt with: the place where the next import has to begin, and how many records come before."""
        while self.under_way and self.under_way[0][2].done():
            self.under_way.popleft()
        place = self.under_way[0][:2] if self.under_way else self.passed
        return min(place, self.held) if self.held else place


class Importer:
    """One import."""

    def __init__(self, job: Job, tally: Tally, meter: Meter, waiting: Waiting) -> None:
        self._job = job
        self._tally = tally
        self._meter = meter
        self._waiting = waiting
        self._runs = Runs(job.workshop, job.conn)
        self._room = Room(_UNDER_WAY, _UNDER_WAY_BYTES)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._to_finish: list[_OpenFile] = []
        self._failure: ArchiveError | None = None
        self._stop = asyncio.Event()
        self._wake: Callable[[], None] | None = None

    @property
    def locked(self) -> set[str]:
        """Return the sources that other processes are crawling."""
        return self._runs.locked

    def stop(self) -> None:
        """Begin no further record; those under way are finished, and written."""
        self._tally.is_stopped = True
        self._stop.set()
        if self._wake is not None:
            self._wake()

    async def run(self, inputs: Iterable[Input | InvalidInput]) -> None:
        """Import these files. Raises ArchiveError if the archive can't be written."""
        for each in inputs:
            if self._stop.is_set():
                break
            if isinstance(each, InvalidInput):
                self._complain(str(each))
            else:
                await self._file(each)
        if not self._stop.is_set():
            await self._take_in_waiting()
        self._runs.finish("stopped" if self._stop.is_set() else "finished")
        for file in self._to_finish:
            self._note(file, is_done=not self._stop.is_set() and not file.waits_for_lock)
        await asyncio.wrap_future(self._job.workshop.writer.submit(lambda _: None, is_urgent=True))

    # -- files --------------------------------------------------------------------------------------------

    async def _file(self, given: Input) -> None:
        known = None
        if given.size is not None and not self._job.again:
            known = imports.progress(self._job.conn, given.path, given.size, self._job.wanted)
        if known is not None and known.state == "done":
            self._tally.done_before += 1
            return
        row_id = known.id if known else await self._begun(given)
        start, number = (known.offset, known.records) if known else (0, 0)
        reading = Reading(given.name, self._job.places, self._job.wish)
        file = _OpenFile(given, row_id, reading, passed=(start, number))
        self._tally.files += 1
        self._tally.resumed += known is not None
        try:
            await self._read(file, start, number)
        except (NoWarc, InvalidInput, OSError) as error:
            self._complain(f"{given.name} can't be read: {error}")
        else:
            await self._all_done(file)
            is_whole = not self._stop.is_set() and file.held is None
            self._note(file, is_done=is_whole)
            if file.held is not None:
                self._to_finish.append(file)
        finally:
            await self._all_done(file)
            self._count(file.reading)

    async def _begun(self, given: Input) -> int:
        writer, wanted = self._job.workshop.writer, self._job.wanted
        future = writer.submit(lambda store: store.begin_file(given.path, given.size, wanted), is_urgent=True)
        return await asyncio.wrap_future(future)

    async def _read(self, file: _OpenFile, start: int, number: int) -> None:
        with file.input.open() as stream:
            async with Ahead(lambda: file.reading.read(stream, start=start, number=number)) as found:
                self._wake = found.wake
                telling = asyncio.create_task(self._tell(file))
                try:
                    while not self._stop.is_set() and (item := await found.next()) is not None:
                        await self._begin(file, item)
                finally:
                    self._wake = None
                    telling.cancel()

    async def _tell(self, file: _OpenFile) -> None:
        """Write down and show how far a file is, every so often."""
        while True:
            await asyncio.sleep(_NOTE_SECONDS)
            self._note(file, is_done=False)
            self._show(file)

    async def _all_done(self, file: _OpenFile) -> None:
        await asyncio.gather(*(task for *_, task in file.under_way))
        if self._failure is not None:
            raise self._failure

    def _note(self, file: _OpenFile, *, is_done: bool) -> None:
        offset, records = file.reached()
        if is_done:
            records = file.reading.records
        self._job.workshop.writer.submit(
            lambda store: store.note_file(file.row_id, offset=offset, records=records, is_done=is_done)
        )

    def _count(self, reading: Reading) -> None:
        self._tally.counts.update(reading.counts)
        self._tally.statuses.update(reading.statuses)
        tell_broken(reading.name, reading.broken, self._job.say)

    def _show(self, file: _OpenFile) -> None:
        size = file.input.size
        share = file.reading.offset / size if size else None
        records = self._tally.records + sum(file.reading.counts.values())
        self._meter.show(file.reading.name, share, records, self._tally.pages)

    def _complain(self, sentence: str) -> None:
        self._tally.problems.append(sentence)
        self._job.say(sentence)

    # -- records ------------------------------------------------------------------------------------------

    async def _begin(self, file: _OpenFile, candidate: Candidate | Mark) -> None:
        if self._failure is not None:
            raise self._failure
        if isinstance(candidate, Mark):
            file.passed = candidate.offset, candidate.number
            return
        file.passed = candidate.head.offset, candidate.number
        await self._room.enter(candidate.size)
        task = asyncio.create_task(self._in_turn(candidate, file, self._busy.get(candidate.place.key)))
        self._busy[candidate.place.key] = task
        file.under_way.append((candidate.head.offset, candidate.number, task))

    async def _in_turn(
        self, candidate: Candidate, file: _OpenFile, before: asyncio.Task[None] | None
    ) -> None:
        """Take a record in when the one before it of the same report is written: each is compared with what is known."""
        key = candidate.place.key
        try:
            if before is not None:
                await asyncio.wait([before])
            await self._take_in(candidate, file)
        except ArchiveError as error:  # a full disk: the import ends
            self._failure = self._failure or error
            file.hold(candidate)
        finally:
            if self._busy.get(key) is asyncio.current_task():
                del self._busy[key]
            self._room.leave(candidate.size)

    async def _take_in(self, candidate: Candidate, file: _OpenFile) -> None:
        answer = self._answer(candidate)
        if answer is None:
            self._waiting.add(Deferred(candidate, file.reading.name, file.row_id))
            file.hold(candidate)
            return
        if not await self._import(candidate, answer, file.reading.name, file.row_id):
            self._tally.counts[LOCKED_OUT] += 1
            file.hold(candidate)
            file.waits_for_lock = True

    async def _take_in_waiting(self) -> None:
        """Look once more for the originals of the revisits that waited for them."""
        for each in self._waiting.all():
            answer = self._answer(each.candidate)
            if answer is None:
                self._tally.counts[NO_ORIGINAL] += 1
            elif not await self._import(each.candidate, answer, each.file, each.file_id):
                self._tally.counts[LOCKED_OUT] += 1
                for file in self._to_finish:
                    file.waits_for_lock = file.waits_for_lock or file.row_id == each.file_id

    def _answer(self, candidate: Candidate) -> Answer | None:
        """Return the answer of a record, or that which a revisit stands for; None where its original is not there."""
        if not candidate.is_revisit:
            return candidate.answer
        headers = candidate.head.headers
        date = read_date(headers.get("warc-refers-to-date", ""))
        original = imports.original(
            self._job.conn,
            url=headers.get("warc-refers-to-target-uri", candidate.url).removeprefix("<").removesuffix(">"),
            fetched_at=to_text(date) if date else None,
            record_id=headers.get("warc-refers-to"),
            payload_digest=headers.get("warc-payload-digest"),
        )
        if original is None:
            return None
        try:
            return with_payload(candidate, original, self._job.workshop.path.absolute().parent / "warc")
        except CaptureUnreadable:
            return None

    async def _import(self, candidate: Candidate, answer: Answer, file: str, file_id: int) -> bool:
        """Store a page, and count what became of it; False if its source is being crawled by another process."""
        if self._is_known(candidate, answer):
            self._tally.counts[Outcome.KNOWN] += 1
            return True
        run = self._runs.of(candidate.place.home)
        if run is None:
            return False
        run.under_way += 1
        try:
            outcome, visit = await self._stored(run, candidate, answer, file, file_id)
        finally:
            run.under_way -= 1
        run.counts[outcome] += 1
        self._tally.counts[outcome] += 1
        if outcome in {Outcome.STORED, Outcome.CHANGED}:
            self._tally.sources[run.source.id] += 1
        if outcome is Outcome.NOT_ARTICLE:
            self._tally.reasons[(visit.error or "").partition(":")[0][:40]] += 1
        return True

    async def _stored(
        self, run: ImportRun, candidate: Candidate, answer: Answer, file: str, file_id: int
    ) -> tuple[Outcome, Visit]:
        response = as_response(candidate, answer, file, file_id)
        if response.origin is not None and candidate.is_revisit:
            headers = candidate.head.headers
            payload_from = headers.get("warc-refers-to") or headers.get(
                "warc-refers-to-target-uri", "unknown"
            )
            response = replace(response, origin=replace(response.origin, payload_from=payload_from))
        lead = Lead(candidate.place.url, VIA, key=candidate.place.key)
        visit = await visit_of(run, lead, response)
        return await asyncio.wrap_future(run.record(visit)), visit

    def _is_known(self, candidate: Candidate, answer: Answer) -> bool:
        hashes = imports.captured_hashes(self._job.conn, candidate.url, to_text(candidate.captured_at))
        return bool(hashes) and hashlib.sha256(answer.body).hexdigest() in hashes
