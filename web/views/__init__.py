"""The pages, one module for each noun."""

from . import account, articles, desk, health, help, home

BLUEPRINTS = (
    account.blueprint,
    home.blueprint,
    desk.blueprint,
    articles.blueprint,
    help.blueprint,
    health.blueprint,
)
