"""Putting a proof together: a report's rows, its records, and how they are in the archive's seals."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from archive import __version__
from archive.clock import Clock, to_text
from archive.errors import ArchiveUnreadable, InvalidInput, NotSealed
from archive.evidence.blanking import NotBlanked, record_at
from archive.evidence.opening import open_warc
from archive.evidence.revisit import place_of_original, stands_for_another
from archive.evidence.scan import Record, scan
from archive.sealing.manifest import PARTS, Manifest, Part, leaves_of, read_manifest
from archive.sealing.merkle import paths_of
from archive.sealing.sealing import seal_files
from archive.tables.seals import SealRow, every
from archive.views.show import report

_FORMAT = "conflict-archive proof 1"
_CUSTODY = """
select * from custody where article_id = ? or capture_id in (select value from json_each(?))
    or (action = 'captured' and run_id in (select value from json_each(?)))
order by id
"""
Rows = list[dict[str, Any]]
Tables = dict[Part, Rows]


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was written: the article's title, how many captures and revisions it has, the seals that cover it."""

    title: str
    captures: int
    revisions: int
    removed: int
    seals: tuple[SealRow, ...]


def prove(conn: sqlite3.Connection, folder: Path, article_id: int, out: Path, *, clock: Clock) -> Proof:
    """Write the proof of an article to the zip `out`; conn: to an archive whose WARC files are in `folder`/warc.

    Raises NotFound for no such article, NotSealed where no seal covers all of it, InvalidInput if `out` is there
    already or can't be written, and ArchiveUnreadable for a WARC file that can't be read.
    """
    told = report(conn, article_id)
    captures = [dict(row) for row in told.captures]
    rows: Tables = {
        "captures": captures,
        "custody": _custody(conn, article_id, captures),
        "revisions": [dict(row) for row in told.revisions],
    }
    seals = _covering(every(conn), rows)
    removed = {entry["capture_id"] for entry in rows["custody"] if entry["action"] == "removed"}
    records = _Records(folder / "warc")
    for capture in captures:
        if capture["id"] not in removed:
            records.add(capture)
    proof: dict[str, Any] = {"format": _FORMAT, "article": dict(told.article)}
    proof |= {"records": records.places, "originals": records.originals}
    proof |= {str(part): table for part, table in rows.items()}
    proof["seals"] = [_in_seal(conn, seal, manifest, parts, rows) for seal, manifest, parts in seals]
    files = _own_files(told.article, to_text(clock()))
    files["proof.json"] = json.dumps(proof, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
    files["records.warc.gz"] = records.content()
    for seal, _, _ in seals:
        files |= {f"seals/{name}": data for name, data in seal_files(seal).items()}
    _write(out, files)
    shown = tuple(seal for seal, _, _ in seals)
    return Proof(str(told.article["title"]), len(captures), len(rows["revisions"]), len(removed), shown)


def _own_files(article: Mapping[str, object], made_at: str) -> dict[str, bytes]:
    """Return what is the same in every proof, but for the names: what it is, and what checks it."""
    room = resources.files("archive.proving")
    readme = room.joinpath("README.txt").read_text(encoding="utf-8")
    software = f"conflict-archive/{__version__}"
    text = readme.format(title=article["title"], url=article["url"], made_at=made_at, software=software)
    return {
        "README.txt": text.encode("utf-8", "replace"),
        "verify.py": room.joinpath("verify.py").read_bytes(),
    }


def _custody(conn: sqlite3.Connection, article_id: int, captures: Rows) -> Rows:
    """Return the entries of the custody log about an article, its captures and the runs that made them."""
    numbers = json.dumps([capture["id"] for capture in captures])
    runs = json.dumps(sorted({capture["run_id"] for capture in captures}))
    return [dict(row) for row in conn.execute(_CUSTODY, [article_id, numbers, runs])]


def _covering(seals: list[SealRow], rows: Tables) -> list[tuple[SealRow, Manifest, tuple[Part, ...]]]:
    """Return the seals that are put in, each with the tables that it is asked about.

    The oldest that covers all captures, whose timestamp says most; and the newest, which covers the texts as they are.
    """
    manifests = [(seal, read_manifest(seal.manifest, f"the seal of {seal.sealed_at}")) for seal in seals]
    if not manifests:
        raise NotSealed("there is no seal yet that could show anything: make one with `archive seal`")
    newest, manifest = manifests[-1]
    lacking = [part for part in PARTS if not _covers(manifest, rows, part)]
    if lacking:
        raise NotSealed(
            f"the newest seal, of {newest.sealed_at}, does not cover all of it yet ({', '.join(lacking)}): make one with `archive seal`"
        )
    oldest = next((told for told in manifests if _covers(told[1], rows, "captures")), manifests[-1])
    first: list[tuple[SealRow, Manifest, tuple[Part, ...]]] = (
        [] if oldest[0] is newest else [(*oldest, ("captures",))]
    )
    return [*first, (newest, manifest, PARTS)]


def _covers(manifest: Manifest, rows: Tables, part: Part) -> bool:
    return all(row["id"] <= manifest.part(part)[1] for row in rows[part])


def _in_seal(
    conn: sqlite3.Connection, seal: SealRow, manifest: Manifest, parts: Iterable[Part], rows: Tables
) -> dict[str, Any]:
    """Return a seal's file and hash, and where in it each row is."""
    inclusions: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        wanted = {row["id"] for row in rows[part]}
        leaves: list[bytes] = []
        places: dict[int, int] = {}
        for row_id, leaf in leaves_of(conn, part, manifest.part(part)[1]):
            if row_id in wanted:
                places[row_id] = len(leaves)
            leaves.append(leaf)
        paths = paths_of(leaves, places.values())
        inclusions[part] = [
            {"id": row_id, "place": place, "path": [each.hex() for each in paths[place]]}
            for row_id, place in places.items()
        ]
    name = next(name for name in seal_files(seal) if name.endswith(".json"))
    return {"file": f"seals/{name}", "sha256": seal.sha256, "inclusions": inclusions}


class _Records:
    """The records of captures, as they lie in the archive, one after the other.

    places: where each capture's begins, by its id. originals: where the record begins that holds its page, for those
    whose own refers to another.
    """

    def __init__(self, folder: Path) -> None:
        """folder: of the WARC files."""
        self.places: dict[str, int] = {}
        self.originals: dict[str, int] = {}
        self._folder = folder
        self._pieces: list[bytes] = []
        self._size = 0
        self._taken: dict[tuple[str, int], int] = {}

    def add(self, capture: Mapping[str, Any]) -> None:
        """Take a capture's exchange in, and that which its page lies in. Raises ArchiveUnreadable."""
        name, offset, number = capture["warc_file"], capture["warc_offset"], str(capture["id"])
        self.places[number] = self._take(name, offset)
        try:
            headers = record_at(self._folder / name, offset).headers
        except NotBlanked as error:
            raise ArchiveUnreadable(f"{error}; see `archive verify`") from None
        if stands_for_another(headers):
            place = place_of_original(headers)
            if place is None:
                raise ArchiveUnreadable(
                    f"the record of capture {number} does not say where its page lies; see `archive verify`"
                )
            self.originals[number] = self._take(*place)

    def content(self) -> bytes:
        """Return all of them."""
        return b"".join(self._pieces)

    def _take(self, name: str, offset: int) -> int:
        if (name, offset) not in self._taken:
            self._pieces.append(_exchange(self._folder / name, offset))
            self._taken[name, offset] = self._size
            self._size += len(self._pieces[-1])
        return self._taken[name, offset]


def _exchange(path: Path, offset: int) -> bytes:
    """Return the bytes of a capture's record and of the request record behind it."""
    try:
        with open_warc(path.parent, path.name) as file:
            length = file.seek(0, os.SEEK_END)
            end = offset
            for count, record in enumerate(scan(file, length, start=offset)):
                if not isinstance(record, Record) or count == 2 or (count and record.kind != "request"):
                    break
                end = record.end
            file.seek(offset)
            data = file.read(end - offset)
    except OSError as error:
        raise ArchiveUnreadable(f"{path} can't be read: {error.strerror or error}") from None
    if not data:
        raise ArchiveUnreadable(f"{path} holds no record at byte {offset}; see `archive verify`")
    return data


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    try:
        with zipfile.ZipFile(out, "x", zipfile.ZIP_DEFLATED) as bundle:
            for name, data in files.items():
                bundle.writestr(name, data)
    except FileExistsError:
        raise InvalidInput(f"{out} exists already") from None
    except OSError as error:
        raise InvalidInput(f"{out} can't be written: {error.strerror or error}") from None
