"""What a browser does with the editors' pages: reads them, fills in forms, sends files."""

from __future__ import annotations

from collections.abc import Callable

from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from kb import articles
from kb.models import Article
from kb.records import Record

from ..browsing import Client
from ..world import World

AsPerson = Callable[[str], Client]


def page(response: TestResponse, parser: str = "lxml") -> BeautifulSoup:
    return BeautifulSoup(response.text, parser)


def notices(response: TestResponse) -> str:
    return " ".join(n.get_text(" ", strip=True) for n in page(response).select(".notice"))


def told(client: Client, response: TestResponse) -> str:
    """What the page says to which a post leads."""
    assert response.status_code == 302, response.text
    return notices(client.get(response.location))


def text(found: Tag, selector: str) -> str:
    """The words of the first element that is so."""
    element = found.select_one(selector)
    assert element is not None
    return element.get_text(" ", strip=True)


def titles(response: TestResponse) -> list[str]:
    assert response.status_code == 200
    return [link.get_text() for link in page(response).select("tbody .title a")]


def shown(response: TestResponse) -> dict[str, object]:
    """The article's form as a browser would send it back."""
    form = page(response).find(id="article")
    assert isinstance(form, Tag)
    sent: dict[str, object] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(field["name"]), field.get("type")
        if field.name == "textarea":  # the parser drops the first line end, and so do browsers
            sent[name] = field.get_text().removeprefix("\n").replace("\n", "\r\n")
        elif field.name == "select":
            sent[name] = str(field.select_one("option[selected]")["value"])  # type: ignore[index]
        elif kind != "checkbox":
            sent[name] = str(field.get("value", ""))
        elif field.has_attr("checked"):
            sent.setdefault(name, [])
            sent[name].append(str(field["value"]))  # type: ignore[attr-defined]
    return sent


def typed(**changed: object) -> dict[str, object]:
    return {
        "title": "学生票一年几次",
        "body": "四次。",
        "kind": "faq",
        "category": "票务",
    } | changed


def errors(response: TestResponse) -> str:
    assert response.status_code == 422, response.status
    return " ".join(e.get_text(" ", strip=True) for e in page(response).select(".field .error"))


def record(world: World, key: str) -> Record:
    """The newest text of an article."""
    with world.reading() as session:
        return articles.get(session, key).latest.record()


def count(world: World) -> int:
    with world.reading() as session:
        return session.query(Article).count()
