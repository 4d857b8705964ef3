"""The rules of an exam in words, for those who arrange it and those who sit it."""

from __future__ import annotations

from datetime import datetime, timedelta

from exams.exam_rules import COUNTS, REPEATS, WHEN
from exams.tables import Exam

from .pages import ZONE, duration, moment


def window(opens_at: datetime, closes_at: datetime) -> str:
    """2026-11-23 09:00–18:00; with both days where they differ."""
    first, last = opens_at.astimezone(ZONE), closes_at.astimezone(ZONE)
    end = f"{last:%H:%M}" if first.date() == last.date() else moment(closes_at)
    return f"{moment(opens_at)}–{end}" if len(end) == 5 else f"{moment(opens_at)} 至 {end}"


def percent(value: float) -> str:
    """60% or 62.5%"""
    return f"{value:.1f}".removesuffix(".0") + "%"


def rules(exam: Exam) -> list[tuple[str, str]]:
    """[(what, how it is)], all that somebody who sits it should know beforehand."""
    return [
        ("开放时间", _open(exam)),
        ("作答时间", _length(exam)),
        ("进入", _entry(exam)),
        ("次数", _attempts(exam)),
        ("题目", _questions(exam)),
        ("及格线", percent(exam.pass_percent)),
        ("成绩", f"{WHEN[exam.results]}可以看"),
        ("答案", f"{WHEN[exam.answers]}可以看，不早于成绩"),
    ]


def inner_rules(exam: Exam) -> list[tuple[str, str]]:
    """The same of what concerns only those who run it."""
    marking = "两人分别阅卷" if exam.double else "一人阅卷"
    return [
        ("问答题", marking + ("，隐去姓名" if exam.blind else "，看得到姓名")),
        ("宽限", f"收卷后 {exam.grace_seconds} 秒内送到的答案仍然计入"),
        *([("重复", f"{REPEATS[exam.repeats]}自动生成一场")] if exam.repeats else []),
    ]


def _open(exam: Exam) -> str:
    if exam.kind == "course":
        return "课程在用时都可以考"
    return window(exam.opens_at, exam.closes_at)


def _length(exam: Exam) -> str:
    if exam.minutes is None:
        return "到截止时间为止"
    return f"{exam.minutes} 分钟，从开始作答时算起，到截止时间一律收卷"


def _entry(exam: Exam) -> str:
    if exam.late_minutes is None:
        return "截止以前都可以进入"
    return f"开考 {duration(timedelta(minutes=exam.late_minutes))}后不能再进入"


def _attempts(exam: Exam) -> str:
    if exam.attempts == 1:
        return "一次"
    many = f"最多 {exam.attempts} 次" if exam.attempts else "不限"
    return f"{many}，以{COUNTS[exam.counts]}为准"


def _questions(exam: Exam) -> str:
    shuffled = [
        word
        for word, on in (("题序", exam.shuffle_questions), ("选项", exam.shuffle_options))
        if on
    ]
    said = f"{'和'.join(shuffled)}各人不同" if shuffled else "题序和选项人人相同"
    return said + ("，先出没见过的题" if exam.prefer_unseen else "")
