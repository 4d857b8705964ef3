"""A self-check: what is wrong with this installation and its data, and what to do about it."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, Integer, Table, and_, func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from exams import lessons
from kb import attachments, lexicon
from kb.errors import KbError
from kb.index import IndexStale, open_index
from kb.models import IndexChange, StoredFile
from qa.tables import Recording

from . import migrate
from .jobs import OVERDUE
from .models import Job, Person
from .services import Services, make_services
from .settings import Settings, is_weak

DISTRIBUTION = "zhixi"
PACKAGES = ("kb", "qa", "exams", "web")
NOT_PEOPLE = frozenset(
    {
        "index_change.article_id",
        "qa_suggestion.transcript_id",
        "exam.of_id",
        "exam_paper.of_id",
        "exam_attempt.team_id",
        "exam_course_team.team_id",
    }
)
"""Numbers without a foreign key that are not those of a person."""
ENOUGH_DISK = 1 << 30
SHOWN = 5
"""How many of many are named."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; ``remedy`` says what to do where it is not ``ok``."""

    check: str
    title: str
    ok: bool
    detail: str
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        sign = "✓" if self.ok else "✗"
        return f"{sign} {self.title}：{self.detail}" + (f" → {self.remedy}" if self.remedy else "")


Result = tuple[bool, str, str]
"""(is it all right, what was found, what to do)"""


def fine(detail: str) -> Result:
    return True, detail, ""


def wrong(detail: str, remedy: str) -> Result:
    return False, detail, remedy


def examine(settings: Settings) -> list[Finding]:
    """Every check, in order. Nothing is changed."""
    services = make_services(settings)
    try:
        return [_finding(key, *CHECKS[key], services) for key in CHECKS]
    finally:
        services.library.close()
        services.db.dispose()


def _finding(key: str, title: str, check: Callable[[Services], Result], made: Services) -> Finding:
    try:
        return Finding(key, title, *check(made))
    except (SQLAlchemyError, KbError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return Finding(key, title, False, f"检查不了：{reason}", "先解决上面的问题，再检查一次。")


def _names(made: Services) -> Result:
    owners = packages_distributions()
    for name in PACKAGES:
        others = set(owners.get(name, [DISTRIBUTION])) - {DISTRIBUTION}
        if others:
            return wrong(
                f"“{name}”也由 {'、'.join(sorted(others))} 安装",
                "请给知席单独建一个虚拟环境，重新安装。",
            )
    homes = {_place(name) for name in PACKAGES}
    if len(homes) > 1:
        return wrong("四个包不在同一处：" + "、".join(sorted(homes)), "请重新安装知席。")
    return fine("、".join(PACKAGES) + " 都是知席自己的")


def _place(name: str) -> str:
    spec = importlib.util.find_spec(name)
    return str(Path(spec.origin).parent.parent) if spec and spec.origin else "找不到"


def _settings(made: Services) -> Result:
    settings = made.settings
    if is_weak(settings.secret_key):
        return wrong(
            "签名密钥太弱", "请把 ZHIXI_SECRET_KEY 换成至少32个随机字符，或不设它由系统生成。"
        )
    key = settings.home / "secret_key"
    if key.exists() and key.stat().st_mode & 0o077:
        return wrong("密钥文件别人也能读", f"请运行：chmod 600 {key}")
    return fine(f"数据文件夹 {settings.home}")


def _schema(made: Services) -> Result:
    now, head = migrate.current(made.db.engine), migrate.head()
    if now != head:
        return wrong(f"结构是 {now or '空的'}，应为 {head}", "请运行：zhixi migrate")
    return fine(f"{made.db.engine.dialect.name}，结构 {head}")


def _integrity(made: Services) -> Result:
    if made.db.engine.dialect.name != "sqlite":
        return fine("由数据库保证")
    with made.db.reading() as session:
        damage = session.execute(text("pragma quick_check")).scalars().all()
        broken = session.execute(text("pragma foreign_key_check")).all()
    if damage != ["ok"]:
        return wrong(f"数据库文件损坏：{damage[0]}", "请停止服务，从最近的备份恢复。")
    if broken:
        tables = sorted({str(row[0]) for row in broken})
        return wrong(
            f"{len(broken)} 条记录指向不存在的记录：{'、'.join(tables)}",
            "请停止服务，从最近的备份恢复。",
        )
    return fine("文件完好，没有断开的引用")


def _index(made: Services) -> Result:
    library = made.library
    try:
        # Not through the library, which would mend it.
        with made.db.reading() as session:
            vocabulary = lexicon.load(session).vocabulary
        open_index(library.folder, library.engine, vocabulary).close()
    except IndexStale as error:
        return wrong(f"要重建：{error}", "请运行：zhixi kb rebuild")
    with made.db.reading() as session:
        waiting = set(session.scalars(select(IndexChange.article_id)))
    differing = sorted(set(library.differences()) - waiting)
    if differing:
        return wrong(
            f"{len(differing)} 篇文章和数据库不一致（编号 {_some(differing)}）",
            "请运行：zhixi kb rebuild",
        )
    return fine(f"{library.index.name}，与数据库一致，{len(waiting)} 篇待更新")


def _people(made: Services) -> Result:
    found = []
    with made.db.reading() as session:
        known = select(Person.id)
        for table, column in person_columns():
            query = select(func.count()).where(column.is_not(None), column.not_in(known))
            if count := session.scalar(query.select_from(table)):
                found.append(f"{table.name}.{column.name} {count} 条")
    if found:
        return wrong(
            "有记录属于不存在的人：" + "、".join(found),
            "人员只能停用不能删除；请从备份核对人员表。",
        )
    return fine("每条记录的人都在")


def person_columns() -> Iterator[tuple[Table, Column[Any]]]:
    """The columns that hold a person's number, found by their names.

    Packages below the site know people by number alone, so no foreign key guards these.
    """
    for metadata in migrate.METADATA:
        for table in metadata.sorted_tables:
            for column in table.columns:
                named = column.name.endswith(("_id", "_by"))
                plain = isinstance(column.type, Integer) and not column.foreign_keys
                if named and plain and f"{table.name}.{column.name}" not in NOT_PEOPLE:
                    yield table, column


def _files(made: Services) -> Result:
    """Every file that a text names is there and whole in length; others are only counted."""
    with made.db.reading() as session:
        used = attachments.used(session)
        sizes = {row.sha256: row.size for row in session.scalars(select(StoredFile))}
    lost = [name for name in sorted(used & sizes.keys()) if made.files.size(name) != sizes[name]]
    if lost:
        shown = "、".join(name[:12] for name in lost[:SHOWN])
        return wrong(
            f"{len(lost)} 个附件的文件不见了或不完整（{shown}）",
            "请从备份里把 files 文件夹中的这些文件拷回来。",
        )
    orphans = sum(name not in used for name, _ in made.files.all())
    if orphans:
        return True, f"附件都在；另有 {orphans} 个文件没有文章用到", "要清理请运行：zhixi kb tidy"
    return fine(f"{len(used & sizes.keys())} 个附件的文件都在")


def _recordings(made: Services) -> Result:
    """Every recording that is kept is there and whole in length, its waveform as well."""
    query = select(Recording.sha256, Recording.size, Recording.peaks, Recording.state)
    with made.db.reading() as session:
        rows = session.execute(query.where(Recording.removed_at.is_(None))).all()
    store = made.recordings
    lost = sorted({row.sha256 for row in rows if store.size(row.sha256) != row.size})
    if lost:
        shown = "、".join(name[:12] for name in lost[:SHOWN])
        return wrong(
            f"{len(lost)} 段录音的文件不见了或不完整（{shown}）",
            "请从备份里把 recordings 文件夹中的这些文件拷回来。",
        )
    undrawn = sum(row.peaks is not None and not store.exists(row.peaks) for row in rows)
    failed = sum(row.state == "failed" for row in rows)
    if undrawn or failed:
        return wrong(
            f"录音都在；{undrawn} 段少了波形，{failed} 段没有量成",
            "请在“质检设定”页点“重新测量录音”，还不行的在通话页看原因。",
        )
    return fine(f"{len(rows)} 段录音的文件都在")


def _lessons(made: Services) -> Result:
    """Every sound and film that a lesson names is there."""
    with made.db.reading() as session:
        used = lessons.used_files(session)
    lost = sorted(name for name in used if not made.lessons.exists(name))
    if lost:
        shown = "、".join(name[:12] for name in lost[:SHOWN])
        return wrong(
            f"{len(lost)} 个课程的视频或音频不见了（{shown}）",
            "请从备份里把 lessons 文件夹中的这些文件拷回来。",
        )
    return fine(f"{len(used)} 个课程的视频、音频都在")


def _jobs(made: Services) -> Result:
    now = made.now()
    late = or_(
        and_(Job.state == "waiting", Job.run_at < now - OVERDUE),
        and_(Job.state == "running", Job.claimed_until < now),
    )
    with made.db.reading() as session:
        failed = session.scalar(select(func.count(Job.id)).where(Job.state == "failed")) or 0
        stuck = session.scalar(select(func.count(Job.id)).where(late)) or 0
    if stuck:
        return wrong(
            f"{stuck} 个任务到时间没有人做", "请启动后台任务：zhixi work，或不带 --no-jobs 的服务。"
        )
    if failed:
        return wrong(f"{failed} 个任务失败了", "请在“后台任务”页查看原因，解决后点重试。")
    return fine("没有积压，没有失败")


def _disk(made: Services) -> Result:
    free = shutil.disk_usage(made.settings.home).free
    detail = f"剩余 {free / (1 << 30):.1f} GB"
    if free < ENOUGH_DISK:
        return wrong(detail, "请清理磁盘，或把数据文件夹移到更大的磁盘。")
    return fine(detail)


def _some(things: list[int]) -> str:
    return "、".join(map(str, things[:SHOWN])) + ("……" if len(things) > SHOWN else "")


CHECKS: Mapping[str, tuple[str, Callable[[Services], Result]]] = MappingProxyType(
    {
        "names": ("包名", _names),
        "settings": ("设置", _settings),
        "schema": ("数据库", _schema),
        "integrity": ("数据完整性", _integrity),
        "index": ("检索索引", _index),
        "people": ("人员引用", _people),
        "files": ("附件", _files),
        "recordings": ("录音", _recordings),
        "lessons": ("课程的视频音频", _lessons),
        "jobs": ("后台任务", _jobs),
        "disk": ("磁盘", _disk),
    }
)
"""Key → (title, check). To add one, write a function and a line."""
