"""`archive rebuild`: the database from the WARC files and the custody log alone.

The files are read once to learn what they tell (`index`); then each visit is written again, in the order in which they
were written first (`replay`), while pages are extracted ahead in worker processes. The new database is made under
another name, and gets its own when it's whole: a rebuild that was killed is begun anew.
"""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from archive.clock import Clock, from_text, to_text, utc_now
from archive.errors import ArchiveError
from archive.evidence.blanking import record_at
from archive.evidence.opening import pack_at, packs_in, warc_size
from archive.evidence.reading import Trouble
from archive.importer import Line, new_source, parse_line
from archive.models import ArticleText, Extraction, ExtractionPath, Source
from archive.progress import Progress
from archive.rebuilding.derivation import Page, Reader, Unread
from archive.rebuilding.index import Index
from archive.rebuilding.log import CustodyLog
from archive.rebuilding.replay import Replay, source_of
from archive.rebuilding.told import InvalidFact, VisitFact
from archive.store import Run
from archive.tables.articles import text_columns
from archive.tables.custody import Action
from archive.tables.reextraction import Reread, StoredPage
from archive.tables.removals import blanked

_COMMIT_EVERY = 500
_MOST_SENTENCES = 10
_ENDINGS = (".warc", ".warc.gz")


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild came to.

    rows: by table. taken_back: visits in the files that were never stored. differing: texts that are other than they
    were, of those by the version that made them; removed: pages that were removed on purpose. crashed, old: responses of
    which no visit tells, in files of this version and of earlier ones. sentences: the first of what could not be derived;
    lost: how many visits' reports that were. dangling: rows that point to what is not there.
    """

    files: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)
    texts: int = 0
    differing: dict[str, int] = field(default_factory=dict)
    removed: int = 0
    lost: int = 0
    unusable: int = 0
    taken_back: int = 0
    crashed: int = 0
    old: int = 0
    imported: int = 0
    sentences: list[str] = field(default_factory=list)
    dangling: list[str] = field(default_factory=list)
    has_log: bool = True

    def tell(self, sentence: str) -> None:
        """Keep a sentence, if there is room."""
        if len(self.sentences) < _MOST_SENTENCES:
            self.sentences.append(sentence)


@dataclass(frozen=True, slots=True)
class Sources:
    """What a rebuild is made from: the folder of WARC files, and the custody file, None if there is none."""

    folder: Path
    log: Path | None


class Rebuild:
    """One rebuild."""

    def __init__(
        self, made_from: Sources, reader: Reader, progress: Progress, clock: Clock = utc_now
    ) -> None:
        self._from = made_from
        self._reader = reader
        self._progress = progress
        self._clock = clock
        self._index = Index()
        self._done = Rebuilt(has_log=made_from.log is not None)
        self._runs: dict[int, Run] = {}
        self._sources: dict[int, Source] = {}
        self._templates: dict[int, tuple[str, int] | None] = {}

    def run(self, part: Path) -> Rebuilt:
        """Make the database at `part`, and return what came of it. Raises ArchiveError where it can't be written."""
        with closing(self._index):
            self._scan()
            log = CustodyLog(self._from.log, self._complain)
            self._done.taken_back = self._index.choose(log.heads())
            self._done.crashed, self._done.old = self._index.untold()
            with closing(Replay(part)) as store:
                self._fill(store, log)
                self._done.rows = store.counts()
        return self._done

    def _complain(self, sentence: str) -> None:
        self._done.unusable += 1
        self._done.tell(sentence)

    def _scan(self) -> None:
        folder = self._from.folder
        sizes = {name: warc_size(folder, name) or 0 for name in self._names()}
        self._progress.begin("WARC files", sum(sizes.values()))
        for name, size in sizes.items():
            self._index.read(folder, name, size, self._progress.advance)
        scanned = self._index.scanned
        self._done.files, self._done.unusable = scanned.files, self._done.unusable + scanned.damage
        self._done.sentences += scanned.damaged[:_MOST_SENTENCES]

    def _names(self) -> list[str]:
        """Return the names of the WARC files in the folder and in its packs, sorted."""
        folder = self._from.folder
        names = {path.name for path in folder.iterdir() if path.name.endswith(_ENDINGS)}
        for path in packs_in(folder):
            try:
                names.update(pack_at(path).files)
            except OSError as error:
                self._complain(f"{path.name} can't be read: {error}")
        return sorted(names)

    # -- the rows -----------------------------------------------------------------------------------------

    def _fill(self, store: Replay, log: CustodyLog) -> None:
        self._save_templates(store)
        entries = deque(log.after(self._index.last_id_of))
        self._progress.begin("captured pages", self._index.good())
        for number, (told, result) in enumerate(self._results(), start=1):
            self._enter(store, entries, before=told.first_id)
            self._replay(store, told, result)
            self._progress.advance(1)
            if number % _COMMIT_EVERY == 0:
                store.commit()
        self._enter(store, entries, before=None)
        for run_id in self._runs:
            self._told(store.end_told_run, self._index.fact("run-end", run_id), f"run {run_id}")
        figures = {"texts": self._done.texts, "differing": self._done.differing, "lost": self._done.lost}
        self._done.dangling = store.finish(self._clock(), figures)

    def _save_templates(self, store: Replay) -> None:
        for key in self._index.keys("template"):
            self._told(store.save_told_template, self._index.fact("template", key), f"template {key}")

    def _told(self, write: Any, fact: Mapping[str, Any] | None, what: str) -> None:
        if fact is None:
            return
        try:
            write(fact)
        except InvalidFact as error:
            self._complain(f"what is told of {what} can't be used: {error}")

    def _replay(self, store: Replay, told: VisitFact, result: Extraction | Unread | None) -> None:
        where = f"capture {told.last_id} of {told.captures[-1]['url']}"
        try:
            run = self._run(store, told)
            extraction = self._extraction(told, result, where)
            if told.has_report and extraction is None:
                store.keep_captures(run, told)
            else:
                store.replay(run, told, extraction)
        except InvalidFact as error:
            self._complain(f"{where} can't be stored as it's told: {error}")

    def _extraction(
        self, told: VisitFact, result: Extraction | Unread | None, where: str
    ) -> Extraction | None:
        """Return what is to be stored of a page; None for nothing, or if it can't be had."""
        if not told.has_report or told.read is None:
            return None
        if isinstance(result, Extraction) and result.article is not None and result.columns is not None:
            self._done.texts += 1
            if result.columns["content_sha256"] != told.read.content_sha256:
                version = told.read.version
                self._done.differing[version] = self._done.differing.get(version, 0) + 1
            return result
        if isinstance(result, Unread) and result.trouble is Trouble.REMOVED:
            self._done.removed += 1
            empty = ArticleText("", "")
            way = told.visit.extraction or Extraction(None)
            return replace(way, article=empty, columns=blanked(text_columns(empty), told.read.text))
        self._done.lost += 1
        why = (
            result.sentence
            if isinstance(result, Unread)
            else "this version of the extraction finds no report in it"
        )
        self._done.tell(f"{where}: {why}")
        return None

    def _run(self, store: Replay, told: VisitFact) -> Run:
        run_id = told.run_id
        if run_id not in self._runs:
            fact = self._fact_of_run(told)
            if fact is None:
                raise InvalidFact(f"nothing is told of run {run_id}")
            self._runs[run_id] = store.begin_told_run(fact)
        return self._runs[run_id]

    def _fact_of_run(self, told: VisitFact) -> Mapping[str, Any] | None:
        """Return what is told of a visit's run: at its beginning; or, if that is lost, at its end, or by the visit itself."""
        fact = self._index.fact("run", told.run_id) or self._index.fact("run-end", told.run_id)
        source_id = told.lead.get("source_id")
        if fact is not None or not isinstance(source_id, str):
            return fact
        source = self._index.source(source_id)
        row = {
            "id": told.run_id, "source_id": source_id, "started_at": to_text(told.at), "version": "unknown",
        }  # fmt: skip
        return None if source is None else {"run": row, "source": source}

    # -- the pages ----------------------------------------------------------------------------------------

    def _results(self) -> Iterator[tuple[VisitFact, Extraction | Unread | None]]:
        """Yield each visit with what is read now of its page, None where nothing is to be read."""
        waiting: deque[VisitFact] = deque()

        def pages() -> Iterator[Page | None]:
            for told in self._index.visits():
                waiting.append(told)
                yield self._page(told)

        for result in self._reader.read(self._from.folder, pages()):
            yield waiting.popleft(), result

    def _page(self, told: VisitFact) -> Page | None:
        source = self._source(told)
        if not told.has_report or told.read is None or source is None:
            return None
        row, lead = told.captures[-1], told.visit.lead
        file, offset = str(row["warc_file"]), int(row["warc_offset"])
        content_type = row.get("content_type")
        return Page(
            source,
            str(row["url"]),
            None if content_type is None else str(content_type),
            from_text(str(row["fetched_at"])),
            file,
            offset,
            str(row["payload_sha256"]),
            lead.via,
            title=self._index.title_hint(file, offset),
            published_at=None if told.visit.is_own_date or told.origin else lead.published_hint,
            modified_at=None if told.origin else lead.modified_hint,
            template=self._template(told.read.template_id),
        )

    def _source(self, told: VisitFact) -> Source | None:
        run_id = told.run_id
        if run_id not in self._sources:
            fact = self._fact_of_run(told)
            try:
                if fact is not None:
                    self._sources[run_id] = source_of(fact)
            except InvalidFact:  # told when the run is begun
                return None
        return self._sources.get(run_id)

    def _template(self, template_id: int | None) -> tuple[str, int] | None:
        if template_id is None:
            return None
        if template_id not in self._templates:
            fact = self._index.fact("template", template_id)
            document = fact.get("template") if fact is not None else None
            self._templates[template_id] = (document, template_id) if isinstance(document, str) else None
        return self._templates[template_id]

    # -- the custody log ----------------------------------------------------------------------------------

    def _enter(
        self, store: Replay, entries: deque[tuple[int, Mapping[str, Any]]], *, before: int | None
    ) -> None:
        """Write the entries that came before a capture, each with what it did; all that are left for None."""
        while entries and (before is None or entries[0][0] < before):
            _, row = entries.popleft()
            try:
                if row.get("action") == Action.REEXTRACTED:
                    self._read_again(store, row)
                elif row.get("action") == Action.IMPORTED:
                    self._import(store, row)
                store.log(row)
            except (InvalidFact, ArchiveError) as error:
                self._complain(f"entry {row.get('id')} of the custody log can't be stored: {error}")

    def _import(self, store: Replay, row: Mapping[str, Any]) -> None:
        """Take in again a text that came without a page, if its line was kept."""
        place = self._index.text(str(row.get("sha256")))
        if place is None:  # of an earlier version
            self._done.imported += 1
            return
        name, offset = place
        line = record_at(self._from.folder / name, offset).start
        parsed = parse_line(Line(1, line), from_text(str(row["at"])))
        store.import_again(parsed.imported, row, new_source(parsed.imported))

    def _read_again(self, store: Replay, row: Mapping[str, Any]) -> None:
        """Do again what a re-extraction did: what it read, with the templates that it had."""
        ways = ways_of(row)
        source = self._source_of(str(row.get("source_id")))
        if not ways or source is None:
            self._complain(
                f"entry {row['id']} of the custody log does not say what was read anew: it's left out"
            )
            return
        pages = store.pages_of(list(ways))
        wanted = [self._page_again(page, source, ways[page.capture_id]) for page in pages]
        rereads = []
        for page, result in zip(pages, self._reader.read(self._from.folder, iter(wanted)), strict=True):
            way = ways[page.capture_id]
            if isinstance(result, Extraction):
                key = source.identifier().key(way.url) if way.url is not None else None
                rereads.append(Reread(page, result, way.url, key, way.template_id))
            elif isinstance(result, Unread) and result.trouble is Trouble.REMOVED:
                store.note_way(page.capture_id, way.path, way.template_id)
            elif isinstance(result, Unread):
                self._done.tell(f"capture {page.capture_id} of {page.url}: {result.sentence}")
        store.correct(source.id, rereads)

    def _page_again(self, page: StoredPage, source: Source, way: Way) -> Page:
        return Page(
            source, page.url, page.content_type, page.fetched_at, page.warc_file, page.warc_offset,
            page.payload_sha256, page.via or "manual", published_at=way.published_at, modified_at=way.modified_at, template=self._template(way.template_id),
        )  # fmt: skip

    def _source_of(self, source_id: str) -> Source | None:
        found = (source for source in self._sources.values() if source.id == source_id)
        return next(itertools.chain(reversed(list(found)), [None]))


@dataclass(frozen=True, slots=True)
class Way:
    """How a re-extraction read a capture; url: of a report that it found there."""

    template_id: int | None
    path: ExtractionPath
    url: str | None
    published_at: datetime | None
    modified_at: datetime | None


def ways_of(row: Mapping[str, Any]) -> dict[int, Way]:
    """Return of an entry on a re-extraction how each capture was read; nothing if it does not say so."""
    try:
        return {_integer(told["capture"]): _way(told) for told in json.loads(row["details"])["captures"]}
    except (ValueError, TypeError, LookupError, AttributeError):
        return {}


def _way(told: Mapping[str, Any]) -> Way:
    path, template_id, url = told["path"], told.get("template"), told.get("url")
    if path not in get_args(ExtractionPath):
        raise ValueError(path)
    published, modified = (
        from_text(told[name]) if told.get(name) is not None else None for name in ("published", "modified")
    )
    return Way(
        None if template_id is None else _integer(template_id),
        path,
        None if url is None else str(url),
        published,
        modified,
    )


def _integer(value: Any) -> int:
    if type(value) is not int or abs(value) >= 2**63:
        raise ValueError(value)
    return value
