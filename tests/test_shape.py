"""The shape of the whole: what the map, the help and the packaging promise is true."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions
from pathlib import Path

import click
import pytest
from importlinter.cli import lint_imports

from web.settings import NAMES

from .commands import commands

ROOT = Path(__file__).parent.parent
OURS = "zhixi"
PACKAGES = ("kb", "qa", "exams", "web")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("build", "plain", "fast", "dev")

BULK = {
    "exams/attempts.py": "the first use of a version is a mark; the attempt is audited",
    "exams/gradings.py": "which grading holds is one conditional statement; gradings are audited",
    "exams/recording.py": "the log of an attempt, which keeps everything, and what holds by it",
    "kb/changes.py": "the to-do list of the index is no content; its entries are noted in flushes",
    "qa/words.py": "an index in a file of its own, made again from the transcripts",
    "qa/live.py": "events of the telephone system are let go by age, thousands at a time",
    "web/audit.py": "the trail itself",
    "web/jobs.py": "a claim must be one conditional statement; jobs are no content",
    "web/restore.py": "brings the trail of the backup along",
}
"""Modules that may write without the session, whose changes the audit trail does not see."""

SHIPPED_LGPL = {
    "psycopg": "used as it is, as a library, and only with PostgreSQL",
    "psycopg-binary": "the same",
}


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# The map


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_name_is_ours_alone(name: str) -> None:
    assert set(packages_distributions().get(name, [OURS])) == {OURS}


def test_the_import_contracts_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layers of the map, and who may know a framework, a segmenter or an engine."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    assert lint_imports(no_cache=True) == 0


def test_only_a_few_modules_write_past_the_audit_trail() -> None:
    found = {name_of(path) for path in sources(*PACKAGES) if _writes_in_bulk(path)}
    assert {name for name in found if "/migrations/" not in name} == set(BULK)


def _writes_in_bulk(path: Path) -> bool:
    """Imports a statement that writes, or spells one out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            imported = {alias.name for alias in node.names}
        else:
            imported = set()
        if imported & {"insert", "update", "delete"}:
            return True
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            spelled = str(node.args[0].value).lstrip().lower()
            if spelled.startswith(("insert into ", "update ", "delete from ")):
                return True
    return False


def test_nothing_but_the_gate_of_sessions_commits() -> None:
    """``with work(…)`` is the only way to write; domain code never ends a transaction.

    The engines under ``kb/index`` commit to their own files.
    """
    commits = re.compile(r"\.commit\(\)")
    found = [name_of(p) for p in sources(*PACKAGES) if commits.search(p.read_text("utf-8"))]
    assert [name for name in found if not name.startswith("kb/index/")] == []


# The help


def test_every_setting_is_explained_in_the_readme_and_in_the_help() -> None:
    texts = {
        "README.md": (ROOT / "README.md").read_text(encoding="utf-8"),
        "README.zh-CN.md": (ROOT / "README.zh-CN.md").read_text(encoding="utf-8"),
        "help": "".join(p.read_text("utf-8") for p in (ROOT / "web/templates/help").glob("*.md")),
    }
    missing = [(text, name) for text in texts for name in NAMES if name not in texts[text]]
    assert missing == []


def test_no_setting_is_read_that_is_not_in_the_table() -> None:
    found = {
        name.removesuffix("_FILE")
        for path in sources(*PACKAGES)
        for name in re.findall(r"\bZHIXI_[A-Z_]+[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert found == set(NAMES)


@pytest.mark.parametrize("name, command", list(commands()), ids=lambda x: str(x))
def test_every_command_has_help_with_an_example_and_is_in_the_help_pages(
    name: str, command: click.Command
) -> None:
    assert "例：" in (command.help or "")
    assert name in (command.help or "").replace("ZHIXI_HOME=新家 ", "")
    if not isinstance(command, click.Group):
        pages = "".join(p.read_text("utf-8") for p in (ROOT / "web/templates/help").glob("*.md"))
        assert name in pages


# What is delivered


def test_every_file_of_a_package_is_delivered_with_it() -> None:
    """A module in a package, anything else by a pattern of ``package-data``."""
    patterns = PROJECT["tool"]["setuptools"]["package-data"]
    left_out = []
    for package in PACKAGES:
        data = {p for pattern in patterns[package] for p in (ROOT / package).glob(pattern)}
        for path in (ROOT / package).rglob("*"):
            module = path.suffix == ".py" and (path.parent / "__init__.py").exists()
            hidden = "__pycache__" in path.parts or path.name.startswith(".")
            if path.is_file() and not module and not hidden and path not in data:
                left_out.append(name_of(path))
    assert left_out == []


def test_a_vendored_file_has_its_version_in_its_path_and_its_licence_beside_it() -> None:
    folders = [p for name in ("web", "tests") for p in (ROOT / name).rglob("vendor")]
    assert folders
    for vendor in folders:
        for thing in vendor.iterdir():
            assert thing.is_dir()
            assert re.fullmatch(r"[a-z][a-z0-9-]*-\d+(\.\d+)+", thing.name), thing
            assert [p for p in thing.iterdir() if "LICEN" in p.name.upper()], thing


@pytest.mark.parametrize("lock", LOCKS)
def test_an_installation_is_pinned_with_checksums_and_from_no_particular_place(lock: str) -> None:
    text = (ROOT / ".ci" / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    requirements = re.findall(r"^[a-z].*?(?=^[a-z]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9.-]+==\S+", requirement)
        assert "--hash=sha256:" in requirement
    assert "://" not in text


def test_every_dependency_has_its_pin() -> None:
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    wanted = {
        "plain": project["dependencies"],
        "fast": [*project["dependencies"], *extras["audio"], *extras["fast"], *extras["postgres"]],
        "dev": [*project["dependencies"], *(name for extra in extras.values() for name in extra)],
    }
    for lock, requirements in wanted.items():
        missing = {_bare(requirement) for requirement in requirements} - _pinned(lock)
        assert missing == set(), lock


def _bare(requirement: str) -> str:
    return re.split(r"[\[<>=!~;]", requirement)[0].strip().lower().replace("_", "-")


def _pinned(lock: str) -> set[str]:
    text = (ROOT / ".ci" / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9.-]+)==", text, re.MULTILINE))


def test_nothing_that_ships_is_under_the_gpl() -> None:
    licences = {name: _licences(name) for name in _pinned("fast")}
    found = {name for name, text in licences.items() if re.search("GPL|General Public", text)}
    assert found == set(SHIPPED_LGPL)
    assert [name for name in found if not re.search("LGPL|Lesser", licences[name])] == []


def _licences(name: str) -> str:
    """What a distribution says of its licence; '' where it is for another system than this."""
    try:
        fields = metadata(name)
    except PackageNotFoundError:
        return ""
    first_line = (fields.get("License") or "").partition("\n")[0]
    stated = [fields.get("License-Expression") or "", first_line]
    return "\n".join([*stated, *(fields.get_all("Classifier") or [])])
