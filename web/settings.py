"""Settings: read once from the environment into one frozen value, passed down from there."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qa.telephony import ADAPTERS

from .errors import BadSetting

NAMES: Mapping[str, str] = {
    "ZHIXI_HOME": "所有数据所在的文件夹，默认 ./var",
    "ZHIXI_DATABASE_URL": "数据库地址，默认用数据文件夹里的 SQLite",
    "ZHIXI_SEARCH_URL": "检索引擎：auto（默认）、whoosh:、tantivy:、memory:",
    "ZHIXI_BEHIND_PROXY": "设为 1 表示前面有一层 HTTPS 反向代理：信任它给的来源地址，"
    "Cookie 只走 HTTPS",
    "ZHIXI_API_RATE": "每人每分钟最多几次接口请求（按服务进程计），默认 30000",
    "ZHIXI_FEEDBACK_DAYS": "读者说文章有误，负责人几天内答复，默认 3",
    "ZHIXI_RECALL_HOURS": "答案作废时，通知最近几小时用过它的人，默认 24",
    "ZHIXI_ATTACHMENT_MB": "一个附件最多几 MB，默认 50，最多 60",
    "ZHIXI_LESSON_MB": "一课的视频或音频最多几 MB，默认 300，最多 1000",
    "ZHIXI_TELEPHONY": "接哪种电话系统：空着不接（默认），simulator 是模拟器",
    "ZHIXI_RECOGNISER": "自动转写：sherpa-onnx:模型的文件夹；不设就没有自动转写",
    "ZHIXI_SECRET_KEY": "签名密钥，至少32个字符；不设时首次启动在数据文件夹里生成",
}
"""Every environment variable and what it is for; each also as NAME_FILE."""

MIN_SECRET = 32
ENGINES = ("auto", "whoosh", "tantivy", "memory")


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set from outside."""

    home: Path
    database_url: str
    search_url: str
    secret_key: str
    behind_proxy: bool = False
    api_rate: int = 30_000
    feedback_days: int = 3
    recall_hours: int = 24
    attachment_mb: int = 50
    lesson_mb: int = 300
    telephony: str = ""
    recogniser: str = ""
    plays_calls: bool = False
    """The demo alone: invented calls come in by themselves."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read and check the settings; makes the home folder. Raises BadSetting."""
        home = Path(_value(environ, "ZHIXI_HOME") or "var").expanduser().resolve()
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadSetting(
                "ZHIXI_HOME", f"数据文件夹 {home} 建不了：{error.strerror}。"
            ) from error
        search = _value(environ, "ZHIXI_SEARCH_URL") or "auto"
        if search.partition(":")[0] not in ENGINES:
            raise BadSetting(
                "ZHIXI_SEARCH_URL", f"没有“{search}”这种引擎，可选：{'、'.join(ENGINES)}。"
            )
        return cls(
            home=home,
            database_url=_database_url(_value(environ, "ZHIXI_DATABASE_URL"), home),
            search_url=search,
            secret_key=_value(environ, "ZHIXI_SECRET_KEY") or _own_secret(home),
            behind_proxy=_value(environ, "ZHIXI_BEHIND_PROXY") in ("1", "true", "yes"),
            api_rate=_whole("ZHIXI_API_RATE", _value(environ, "ZHIXI_API_RATE") or "30000"),
            recall_hours=_hours("ZHIXI_RECALL_HOURS", _value(environ, "ZHIXI_RECALL_HOURS")),
            attachment_mb=_megabytes(environ, "ZHIXI_ATTACHMENT_MB", 50, 60),
            lesson_mb=_megabytes(environ, "ZHIXI_LESSON_MB", 300, 1000),
            telephony=_telephony(_value(environ, "ZHIXI_TELEPHONY")),
            feedback_days=_days("ZHIXI_FEEDBACK_DAYS", _value(environ, "ZHIXI_FEEDBACK_DAYS")),
            recogniser=_value(environ, "ZHIXI_RECOGNISER"),
        )

    @property
    def index_folder(self) -> Path:
        return self.home / "index"

    @property
    def files_folder(self) -> Path:
        return self.home / "files"

    @property
    def recordings_folder(self) -> Path:
        return self.home / "recordings"

    @property
    def lessons_folder(self) -> Path:
        return self.home / "lessons"

    def refuse_weak_secret(self, host: str) -> None:
        """Raises BadSetting when a guessable secret would be used beyond this machine."""
        if not is_loopback(host) and is_weak(self.secret_key):
            raise BadSetting(
                "ZHIXI_SECRET_KEY",
                f"密钥太弱，不能对外服务：请换成至少{MIN_SECRET}个随机字符，"
                "或不设它，由系统在数据文件夹里生成。",
            )


def is_weak(secret: str) -> bool:
    """Short, or made of few different characters."""
    return len(secret) < MIN_SECRET or len(set(secret)) < 12


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _value(environ: Mapping[str, str], name: str) -> str:
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(f"{name}_FILE", f"读不了文件 {path}：{error}。") from error
    return environ.get(name, "").strip()


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10_000_000):
        raise BadSetting(name, f"应为正整数，不能是“{text}”。")
    return int(text)


def _hours(name: str, text: str) -> int:
    hours = _whole(name, text or "24")
    if hours > 8760:
        raise BadSetting(name, f"最多 8760 小时（一年），不能是“{text}”。")
    return hours


def _days(name: str, text: str) -> int:
    days = _whole(name, text or "3")
    if days > 365:
        raise BadSetting(name, f"最多 365 天，不能是“{text}”。")
    return days


def _telephony(name: str) -> str:
    if name and name not in ADAPTERS:
        known = "、".join(ADAPTERS)
        raise BadSetting(
            "ZHIXI_TELEPHONY", f"没有“{name}”这种电话系统，可选：{known}，或空着不接。"
        )
    return name


def _megabytes(environ: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = _value(environ, name)
    size = _whole(name, text or str(usual))
    if size > most:
        raise BadSetting(name, f"最多 {most} MB，不能是“{text}”。")
    return size


def _database_url(url: str, home: Path) -> str:
    if not url:
        return f"sqlite:///{home / 'zhixi.sqlite'}"
    scheme, _, rest = url.partition("://")
    if scheme in ("postgres", "postgresql"):
        return f"postgresql+psycopg://{rest}"
    if scheme.partition("+")[0] not in ("sqlite", "postgresql"):
        raise BadSetting("ZHIXI_DATABASE_URL", "数据库只支持 sqlite:/// 和 postgresql://。")
    return url


def _own_secret(home: Path) -> str:
    path = home / "secret_key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()
