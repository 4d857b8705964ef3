"""The pages, one module for each noun."""

from . import (
    account,
    articles,
    asked,
    audit,
    categories,
    desk,
    editor,
    editor_article,
    editor_transfer,
    health,
    help,
    home,
    jobs,
    lexicon,
    people,
    roles,
    teams,
    why,
)

ROUTES_OF_EDITOR = (editor_article, editor_transfer)
"""Modules whose routes are on the editor's blueprint."""

BLUEPRINTS = (
    account.blueprint,
    home.blueprint,
    desk.blueprint,
    why.blueprint,
    articles.blueprint,
    editor.blueprint,
    categories.blueprint,
    help.blueprint,
    health.blueprint,
    people.blueprint,
    roles.blueprint,
    teams.blueprint,
    jobs.blueprint,
    audit.blueprint,
    asked.blueprint,
    lexicon.blueprint,
)
