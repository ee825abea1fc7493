"""Acme Translations: a FastAPI app that was there before, with people of its own; its last lines mount nestpay."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Response
from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import BaseModel

from nestpay import extend
from nestpay.api.session import SignedIn
from nestpay.billing import credits
from nestpay.mount import Person, into_fastapi

COOKIE = "acme_session"
SALT = secrets.token_bytes(16)
SIGNER = URLSafeSerializer(os.environ.get("ACME_SECRET") or secrets.token_urlsafe(48), salt="acme session")


def _hash(password: str) -> bytes:
    return hashlib.scrypt(password.encode(), salt=SALT, n=2**14, r=8, p=1)


PEOPLE = {"ada@acme.example": ("1", "Ada", _hash("acme-demo")), "bob@acme.example": ("2", "Bob", _hash("acme-demo"))}
WORDS = {"hello": "bonjour", "world": "monde", "thanks": "merci"}

app = FastAPI(title="Acme Translations")


class Credentials(BaseModel):
    """Who somebody says they are."""

    email: str
    password: str


@app.post("/login")
def login(given: Credentials, response: Response) -> dict[str, str]:
    """Give the cookie to who knows the password."""
    _, name, known = PEOPLE.get(given.email, ("", "", b""))
    if not secrets.compare_digest(_hash(given.password), known):
        raise HTTPException(401, "This is not the password.")
    response.set_cookie(COOKIE, SIGNER.dumps(given.email), httponly=True, samesite="lax")
    return {"hello": name}


@extend.meter(credits=2, key="request", feature="translation")
def translated(text: str, request: str) -> str:
    """Word by word, for two credits."""
    return " ".join(WORDS.get(word.lower(), word) for word in text.split())


@app.get("/translate")
def translate(text: str, request: Annotated[str, Query(min_length=1)], user: SignedIn) -> dict[str, str | int]:
    """Sell a translation; the same request again is paid once. 401 for a stranger, 402 with the offer when too few."""
    with extend.acting_as(user):
        result = translated(text, request)
    return {"text": result, "credits_left": credits.get_user_benefits(user.id).total_available_credits}


class AcmeUsers:
    """What nestpay asks: whose cookie is this?"""

    def person_of(self, cookies: Mapping[str, str]) -> Person | None:
        try:
            email = SIGNER.loads(cookies.get(COOKIE, ""))
        except BadSignature:
            return None
        return Person(PEOPLE[email][0], email, PEOPLE[email][1])


into_fastapi(app, users=AcmeUsers())
