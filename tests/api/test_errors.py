"""Every error of the product has one status and one shape, whatever route it comes from."""

import inspect

import pytest
from fastapi import FastAPI
from httpx import Response

from nestpay.api import errors as answers
from nestpay.domain import errors
from nestpay.domain.errors import NestpayError
from tests.api.browser import Browser


def answer_to(error: NestpayError) -> Response:
    app = FastAPI()
    answers.install(app)

    @app.get("/")
    def fail() -> None:
        raise error

    return Browser(app).get("/")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.SignInRequired(), 401),
        (errors.WrongCredentials(), 401),
        (errors.NotAllowed(), 403),
        (errors.StaleLink(), 403),
        (errors.NotFound(), 404),
        (errors.Conflict(), 409),
        (errors.EmailTaken(), 409),
        (errors.InvalidEmail(), 422),
        (errors.NotEnoughCredits(needed=10, available=3), 402),
        (errors.RateLimited(retry_after=30), 429),
        (errors.BadSignature(), 400),
        (errors.BodyTooLarge(limit=10), 413),
        (errors.ProviderRefused(reason="no"), 502),
        (NestpayError(), 500),
    ],
)
def test_each_family_has_its_status(error: NestpayError, status: int) -> None:
    answer = answer_to(error)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_every_error_there_is_has_a_status() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, NestpayError)]
    for kind in kinds:
        assert 400 <= answers.status_of(kind.__new__(kind)) < 600


def test_a_problem_tells_people_and_programs_what_is_wrong() -> None:
    problem = answer_to(errors.SeatsInUse(held=3)).json()
    assert problem == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "3 seats are in use. Free some of them first.",
        "key": "errors.seats_in_use",
        "values": {"held": 3},
    }


def test_a_shortage_is_a_payment_required_that_says_how_much_and_where_to_buy() -> None:
    problem = answer_to(errors.NotEnoughCredits(needed=10, available=3)).json()
    assert (problem["title"], problem["needed"], problem["available"]) == ("Payment Required", 10, 3)
    assert problem["offer_url"] == "http://127.0.0.1:8000/pricing"


def test_a_request_of_another_shape_is_a_problem_that_says_where() -> None:
    app = FastAPI()
    answers.install(app)

    @app.get("/")
    def take(number: int) -> int:
        return number

    answer = Browser(app).get("/", params={"number": "x"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["values"]["errors"][0]["in"] == "query.number"


def test_who_is_not_known_is_told_how_to_say_who_they_are() -> None:
    assert answer_to(errors.SignInRequired()).headers["www-authenticate"] == "Bearer"


def test_who_tries_too_often_is_told_when_to_come_back() -> None:
    assert answer_to(errors.RateLimited(retry_after=30)).headers["retry-after"] == "30"
