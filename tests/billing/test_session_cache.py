"""A visitor is looked up once in two seconds, and never remembered across a change."""

from datetime import UTC, datetime, timedelta

from nestpay.billing.session_cache import SessionCache

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Lookups:
    """A database that counts how often it is asked."""

    def __init__(self, answer: str | None) -> None:
        self.answer, self.count = answer, 0

    def __call__(self) -> tuple[str, str] | None:
        self.count += 1
        return ("user", self.answer) if self.answer else None


def test_the_same_question_within_two_seconds_is_asked_once() -> None:
    cache, ada = SessionCache[str](), Lookups("Ada")
    for milliseconds in (0, 500, 1999):
        assert cache.get("hash", NOON + timedelta(milliseconds=milliseconds), ada) == "Ada"
    assert ada.count == 1
    cache.get("hash", NOON + timedelta(seconds=2), ada)
    assert ada.count == 2


def test_a_clock_that_is_set_back_makes_no_answer_last_longer() -> None:
    cache, ada = SessionCache[str](), Lookups("Ada")
    cache.get("hash", NOON, ada)
    for earlier in (timedelta(seconds=1), timedelta(hours=1)):
        assert cache.remembered("hash", NOON - earlier) is None
    ada.answer = None
    assert cache.get("hash", NOON - timedelta(hours=1), ada) is None


def test_a_slow_answer_is_as_old_as_its_question() -> None:
    cache, ada = SessionCache[str](), Lookups("Ada")
    cache.get("hash", NOON, ada)
    assert cache.remembered("hash", NOON + timedelta(seconds=1, milliseconds=999)) == "Ada"
    assert cache.remembered("hash", NOON + timedelta(seconds=2)) is None


def test_nobody_is_not_remembered() -> None:
    cache, nobody = SessionCache[str](), Lookups(None)
    assert cache.get("hash", NOON, nobody) is None
    assert cache.get("hash", NOON, nobody) is None
    assert nobody.count == 2


def test_what_is_forgotten_is_asked_again() -> None:
    cache, ada = SessionCache[str](), Lookups("Ada")
    cache.get("hash", NOON, ada)
    cache.forget("somebody else")
    cache.get("hash", NOON, ada)
    assert ada.count == 1
    cache.forget("user")
    cache.get("hash", NOON, ada)
    assert ada.count == 2


def test_a_change_while_looking_keeps_the_old_answer_from_being_remembered() -> None:
    cache = SessionCache[str]()

    def overtaken() -> tuple[str, str]:
        cache.forget("user")
        return "user", "before"

    assert cache.get("hash", NOON, overtaken) == "before"
    assert cache.get("hash", NOON, Lookups("after")) == "after"


def test_a_crowd_does_not_fill_the_memory() -> None:
    cache = SessionCache[str]()
    for number in range(25_000):
        cache.get(str(number), NOON, Lookups("Ada"))
    assert len(cache._entries) <= 10_000
