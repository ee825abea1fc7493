"""A paid API: it answers questions, and each answer costs what it was worth, in credits of whoever asked.

The dearest answer is held before the work begins, so nobody works for an empty account; what it really cost is settled
afterwards, and the rest goes back. When the work fails, everything goes back. The server's key acts for all customers.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from nestpay.client import AsyncNestpay, NotEnoughCredits

DEAREST = 40
"""Credits of the longest answer there is."""

LETTERS_A_CREDIT = 10


class Question(BaseModel):
    """What to think about."""

    text: Annotated[str, Field(min_length=1, max_length=1_000)]


class Answer(BaseModel):
    """The answer, and what it cost in credits."""

    text: str
    cost: int


def think(question: str) -> str:
    """Where a language model would be asked. It knows no answer to riddles."""
    if "riddle" in question:
        raise RuntimeError("The model gave up.")
    return " ".join(word[::-1] for word in question.split())


def build(nestpay: AsyncNestpay, customers: dict[str, str]) -> FastAPI:
    """The API. `customers` says whose token is whose: tokens of yours to e-mail addresses of nestpay's customers."""
    app = FastAPI(title="Paid answers")
    ids: dict[str, str] = {}

    async def user_of(token: str) -> str:
        if token not in customers:
            raise HTTPException(401, "Who are you?")
        if token not in ids:
            found = await nestpay.customers(email=customers[token])
            ids[token] = found.data[0].id
        return ids[token]

    @app.post("/answer")
    async def answer(
        question: Question,
        token: Annotated[str, Header(alias="X-Token")],
        request_id: Annotated[str, Header(alias="X-Request-Id")],
    ) -> Answer:
        user = await user_of(token)
        held = await nestpay.hold(DEAREST, key=request_id, feature="answer", user=user)
        try:
            text = think(question.text)
        except RuntimeError as trouble:
            await nestpay.release(held.id, user=user)
            raise HTTPException(503, str(trouble)) from trouble
        cost = min(DEAREST, 1 + len(text) // LETTERS_A_CREDIT)
        await nestpay.settle(held.id, cost, user=user)
        return Answer(text=text, cost=cost)

    @app.exception_handler(NotEnoughCredits)
    async def too_poor(_request: object, shortage: NotEnoughCredits) -> JSONResponse:
        said = {"needed": shortage.needed, "available": shortage.available, "buy_at": shortage.offer_url}
        return JSONResponse(said, status_code=402)

    return app


def from_environment() -> FastAPI:
    """The API as `uvicorn --factory examples.paid_api.app:from_environment` starts it. See README.md."""
    nestpay = AsyncNestpay(os.environ["NESTPAY_URL"], os.environ["NESTPAY_KEY"])
    customers = dict(pair.split("=", 1) for pair in os.environ["CUSTOMERS"].split(","))
    app = build(nestpay, customers)

    @asynccontextmanager
    async def closing(_: FastAPI) -> AsyncIterator[None]:
        yield
        await nestpay.close()

    app.router.lifespan_context = closing
    return app
