"""Importing calls: a list, the files it names, each row whole or not at all.

    files = Folder(path)
    report = take(services, SYSTEM, manifest.read(content, name), files, at)

A row is looked at first, its recording read to the end; only then is it written, call, recording
and transcript in one unit of work. The command line, the page and the API all come through here.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import KbError
from kb.formats.archive import BROKEN, bloat
from qa import calls, manifest, recordings, suggesting, transcribing
from qa.calls import Outcome
from qa.errors import BadCall, BadFile, QaError
from qa.manifest import BadManifest, Row, Wrong
from qa.recordings import Examined, Limits
from qa.tables import Call, Recording, Transcript
from qa.transcripts import Utterance
from qa.transcripts import read as read_transcript

from . import accounts
from .db import Actor
from .jobs import enqueue, enqueue_measuring, enqueue_suggesting
from .models import Person
from .services import Services

LISTS = ("manifest.csv", "manifest.json", "清单.csv", "清单.json", "calls.csv", "calls.json")
"""Names under which a list is looked for in a folder; else the only CSV there is."""
MOST_FAULTS = 1000
"""Faults that a report spells out; the rest is counted."""


class Files(Protocol):
    """Where the files of a list are."""

    def find(self, name: str) -> Path:
        """Raises BadFile where there is no such file, or it lies outside."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine."""

    path: Path

    def find(self, name: str) -> Path:
        if sentence := manifest.astray(name):
            raise BadFile(name, sentence)
        inside = self.path.resolve()
        try:
            found = (inside / name.replace("\\", "/")).resolve()
            there = found.is_file()
        except OSError:
            there = False
        if there and not found.is_relative_to(inside):
            raise BadFile(name, "这个文件在清单所在的文件夹外面。")
        if not there:
            raise BadFile(name, "找不到这个文件。")
        return found


class Nowhere:
    """No files at all: a list that is sent alone."""

    def find(self, name: str) -> Path:
        raise BadFile(name, "只传了清单，没有文件；请和清单一起压缩成 ZIP 上传，或用命令行导入。")


class Packed:
    """A ZIP: its parts are unpacked one by one, under names of our own."""

    def __init__(self, archive: zipfile.ZipFile, folder: Path, below: str = "") -> None:
        self.archive, self.folder, self.below = archive, folder, below
        self.parts = {part_name(info): info for info in archive.infolist() if not info.is_dir()}

    def find(self, name: str) -> Path:
        if sentence := manifest.astray(name):
            raise BadFile(name, sentence)
        wanted = str(PurePosixPath(self.below, name.replace("\\", "/")))
        if wanted not in self.parts:
            raise BadFile(name, "ZIP 里没有这个文件。")
        target = self.folder / f"part-{list(self.parts).index(wanted)}"
        try:
            with self.archive.open(self.parts[wanted]) as source, target.open("wb") as made:
                while chunk := source.read(1 << 20):
                    made.write(chunk)
        except (*BROKEN, OSError):
            raise BadFile(name, "ZIP 里的这个文件已损坏，或有密码。") from None
        return target


def part_name(info: zipfile.ZipInfo) -> str:
    """The name of a part; Chinese programs write GBK and do not say so."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except (UnicodeEncodeError, UnicodeDecodeError):
            name = info.filename
    return str(PurePosixPath(name.replace("\\", "/")))


def find_list(path: Path) -> Path:
    """The list of a folder, or the file itself. Raises BadManifest."""
    if not path.is_dir():
        return path
    for name in LISTS:
        if (path / name).is_file():
            return path / name
    found = sorted(path.glob("*.csv"))
    if len(found) != 1:
        raise BadManifest(path.name, f"文件夹里找不到清单，请放一个 {LISTS[0]} 或 {LISTS[2]}。")
    return found[0]


def unpacked(path: Path, name: str, folder: Path, stack: ExitStack) -> tuple[bytes, str, Packed]:
    """(content of the list, its name, the other files) of a ZIP. Raises BadManifest."""
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
        if refusal := bloat(archive, path.stat().st_size):
            raise BadManifest(name, refusal)
        packed = Packed(archive, folder)
        chosen = _list_in(packed, name)
        packed.below = str(PurePosixPath(chosen).parent)
        return packed.find(PurePosixPath(chosen).name).read_bytes(), chosen, packed
    except BROKEN:
        raise BadManifest(name, "不是完整的 ZIP 文件，请重新压缩。") from None
    except BadFile as wrong:
        raise BadManifest(name, wrong.sentence) from None


def _list_in(packed: Packed, name: str) -> str:
    found = sorted(packed.parts, key=lambda part: (part.count("/"), part))
    for part in found:
        if PurePosixPath(part).name.lower() in LISTS:
            return part
    if "[Content_Types].xml" in packed.parts:
        raise BadManifest(name, "这是 Excel 工作簿，请另存为“CSV UTF-8”再导入。")
    lists = [part for part in found if part.lower().endswith(".csv")]
    if len(lists) != 1:
        raise BadManifest(name, f"ZIP 里找不到清单，请放一个 {LISTS[0]} 或 {LISTS[2]}。")
    return lists[0]


# Taking


@dataclass(slots=True)
class Report:
    """What became of a list; ``errors`` is one entry for each thing wrong."""

    created: int = 0
    revised: int = 0
    unchanged: int = 0
    recordings: int = 0
    transcripts: int = 0
    refused: int = 0
    errors: list[Wrong] = field(default_factory=list)
    warnings: list[Wrong] = field(default_factory=list)

    @property
    def taken(self) -> int:
        return self.created + self.revised + self.unchanged

    def as_dict(self, path: str = "") -> dict[str, Any]:
        counted = {
            name: getattr(self, name)
            for name in ("created", "revised", "unchanged", "recordings", "transcripts", "refused")
        }
        told = {
            name: [
                {"path": path, "line": w.line, "column": w.column, "message": w.sentence}
                for w in getattr(self, name)
            ]
            for name in ("errors", "warnings")
        }
        return {**counted, **told}

    def refuse(self, wrong: Iterable[Wrong]) -> None:
        self.refused += 1
        self.errors += list(wrong)[: max(0, MOST_FAULTS - len(self.errors))]


@dataclass(frozen=True, slots=True)
class Ready:
    """A row that was looked at: nothing of it is written yet."""

    row: Row
    facts: calls.Facts
    sound: Path | None = None
    found: Examined | None = None
    said: list[Utterance] | None = None


def take(
    made: Services,
    actor: Actor,
    rows: Iterable[Row],
    files: Files,
    at: datetime,
    *,
    dry_run: bool = False,
    step: Callable[[], None] = lambda: None,
) -> Report:
    """Take every row that can be taken; each by itself, so that nobody waits for the database."""
    report = Report()
    with made.db.reading() as session:
        most, people = recordings.limits(session), Numbers(session)
        for row in rows:
            try:
                ready = look(session, row, files, most, people)
                if dry_run:
                    _try(made, ready, actor, at, report)
                else:
                    _write(made, ready, actor, at, report)
            except Refused as refused:
                report.refuse(refused.faults)
            step()
    return report


class Refused(Exception):
    """A row that is not taken."""

    def __init__(self, faults: Iterable[Wrong]) -> None:
        super().__init__("")
        self.faults = tuple(faults)


class Numbers:
    """Ids of people by employee number, looked up once each."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._known: dict[str, int | None] = {}

    def id_of(self, number: str) -> int | None:
        clean = accounts.clean_number(number)
        if not clean.isprintable():
            return None
        if clean not in self._known:
            query = select(Person.id).where(Person.number == clean)
            self._known[clean] = self.session.scalar(query)
        return self._known[clean]


def look(session: Session, row: Row, files: Files, most: Limits, people: Numbers) -> Ready:
    """Everything that can be known of a row without writing. Raises Refused."""
    faults = list(row.faults)
    agent = people.id_of(row.agent) if row.agent else None
    if agent is None and (row.agent or calls.find(session, row.facts.key) is None):
        sentence = f"没有工号“{row.agent[:20]}”的人。" if row.agent else "缺少工号。"
        faults.append(row.wrong("agent", sentence))
    sound = found = said = None
    if row.recording:
        try:
            sound = files.find(row.recording)
            found = recordings.examine(sound, row.recording, most)
        except BadFile as wrong:
            faults.append(row.wrong("recording", f"{row.recording}：{wrong.sentence}"))
    if row.transcript:
        try:
            said = read_transcript(files.find(row.transcript))
            transcribing.check(said, row.transcript)
        except BadFile as wrong:
            faults.append(row.wrong("transcript", f"{row.transcript}：{wrong.sentence}"))
    if faults:
        raise Refused(faults)
    given = {name: getattr(row.facts, name) for name in calls.NAMES} | {"agent_id": agent}
    return Ready(row, calls.Facts(**given), sound, found, said)


def _try(made: Services, ready: Ready, actor: Actor, at: datetime, report: Report) -> None:
    """As :func:`_write`, and thrown away."""
    with made.db.reading() as session:
        call, outcome = _put(session, ready, actor, at)
        try:
            if ready.found is not None:
                recordings.agreed(call)
        except QaError as wrong:
            raise Refused([ready.row.wrong("recording", str(wrong))]) from None
        _count(report, outcome, ready.found is not None, ready.said is not None)


def _write(made: Services, ready: Ready, actor: Actor, at: datetime, report: Report) -> None:
    with made.db.work(actor, "qa.import") as session:
        call, outcome = _put(session, ready, actor, at)
        recording, transcript = attach(made, session, call, ready, actor, at)
    if recording is not None and (doubt := recordings.unlike(call, recording)):
        report.warnings.append(ready.row.wrong("recording", doubt))
    if outcome == "unchanged" and (recording is not None or transcript is not None):
        outcome = "revised"
    _count(report, outcome, recording is not None, transcript is not None)


def _put(session: Session, ready: Ready, actor: Actor, at: datetime) -> tuple[Call, Outcome]:
    try:
        return calls.put(session, ready.facts, actor.id, at)
    except BadCall as wrong:
        names = {"agent_id": "agent"}
        faults = [ready.row.wrong(names.get(f.path, f.path), f.sentence) for f in wrong.faults]
        raise Refused(faults) from None
    except (QaError, KbError) as wrong:
        raise Refused([ready.row.wrong("key", str(wrong))]) from None


def attach(
    made: Services, session: Session, call: Call, ready: Ready, actor: Actor, at: datetime
) -> tuple[Recording | None, Transcript | None]:
    """Keep the files of a row; what is new of them. Raises Refused."""
    try:
        transcript = None
        if ready.said is not None:
            before = call.transcript
            kept = transcribing.add(session, call, ready.said, "file", actor.id, at)
            transcript = None if kept is before else kept
        recording = None
        if ready.sound is not None and ready.found is not None:
            recordings.agreed(call)
            with ready.sound.open("rb") as file:
                recording = keep(made, session, call, ready.found, file, ready.row.agent_side,
                                 actor.id, at)  # fmt: skip
        if transcript is not None and recording is None and call.recording is not None:
            enqueue_measuring(session, call.recording)  # the speech rate is known now
        if transcript is not None and suggesting.versions_of(session, call):
            enqueue_suggesting(session, [call.id])
        return recording, transcript
    except QaError as wrong:
        raise Refused([ready.row.wrong("recording", str(wrong))]) from None


def keep(
    made: Services,
    session: Session,
    call: Call,
    found: Examined,
    file: IO[bytes],
    side: str,
    by: int | None,
    at: datetime,
) -> Recording | None:
    """Keep a recording and ask for it to be measured; None where it is the one there is."""
    kept = made.recordings.put(file)
    recording, new = recordings.keep(session, call, found, kept, side, by, at)
    if new or recording.state == "waiting":
        enqueue_measuring(session, recording)
    if new and made.settings.recogniser and call.transcript is None:
        enqueue(session, "qa.transcribe", {"recording": recording.id})
    return recording if new else None


def _count(report: Report, outcome: Outcome, sound: bool, text: bool) -> None:
    setattr(report, outcome, getattr(report, outcome) + 1)
    report.recordings += sound
    report.transcripts += text


def temporary(stack: ExitStack) -> Path:
    """A folder that is gone when the stack is closed."""
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhixi-calls-")))
