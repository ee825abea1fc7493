"""Acme's own routes: a form that signs in, and a link that signs out."""

from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Form
from fastapi.responses import RedirectResponse

from acme import users

routes = FastAPI(openapi_url=None)


@routes.post("/session")
def begin(email: Annotated[str, Form()], password: Annotated[str, Form()], wanted: Annotated[str, Form()] = "/"):
    """Give the cookie to who knows the password, and go on to where they came from."""
    cookie = users.sign_in(email, password)
    if cookie is None:
        return RedirectResponse(f"/login?failed=1&next={quote(wanted)}", 303)
    is_here = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    answer = RedirectResponse(wanted if is_here else "/", 303)
    answer.set_cookie(users.COOKIE, cookie, httponly=True, samesite="lax")
    return answer


@routes.get("/logout")
def end() -> RedirectResponse:
    """Take the cookie back."""
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(users.COOKIE)
    return answer
