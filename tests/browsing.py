"""A browser without a screen: Flask's test client, which also fills in the form token."""

from __future__ import annotations

import secrets
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from web import accounts
from web.accounts import Origin

from .world import World

TOKEN = "csrf_token"


class Client(FlaskClient):
    """Sends the token of a form with every post, as a page would.

    Set ``forged`` to act as a foreign page, which does not know it.
    """

    forged = False

    def sign_in(self, world: World, who: str) -> None:
        """Open a session for somebody of the cast, without the cost of checking a password."""
        person = world.person(who)
        with world.work(doing="account.sign_in") as writing:
            token = accounts.sign_in(writing, person, Origin("127.0.0.1", "test"), world.clock())
        with self.session_transaction() as session:
            session["sign_in"] = token

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        method = kwargs.get("method", "GET").upper()
        if method in ("POST", "PUT", "PATCH", "DELETE") and not self.forged:
            headers = dict(kwargs.pop("headers", None) or {})
            kwargs["headers"] = headers | {"X-CSRFToken": self.form_token()}
        return super().open(*args, **kwargs)

    def form_token(self) -> str:
        """What a form of this session carries (made as Flask-WTF makes it)."""
        with self.session_transaction() as session:
            raw = session.setdefault(TOKEN, secrets.token_hex(20))
        signer = URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token")
        return str(signer.dumps(raw))
