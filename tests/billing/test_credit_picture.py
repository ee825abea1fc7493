"""The numbers behind the charts, read by place in the log however long it is."""

from datetime import timedelta

import pytest

from nestpay.billing import credit_picture, credits, holds
from nestpay.billing.clock import billing_now
from tests import builders

pytestmark = pytest.mark.usefixtures("sqlite_database")


def test_balances_and_uses_of_a_short_life_are_all_there() -> None:
    ada = builders.add_user()
    builders.give_credits(ada, 100)
    credits.spend(ada, 30, key="a", feature="chat")
    credits.spend(ada, 5, key="b", feature="pdf")
    found = credit_picture.picture(ada)
    assert [point.one_time for point in found.balance] == [100, 70, 65]
    assert found.features == (("chat", 30), ("pdf", 5))
    assert found.since == found.balance[0].at


def test_what_is_set_aside_is_named_and_counts_as_used_until_it_comes_back() -> None:
    ada = builders.add_user()
    builders.give_credits(ada, 100)
    held = holds.hold(ada, 40, key="h", feature="video")
    assert credit_picture.set_aside(ada) == 40
    assert credit_picture.picture(ada).features == (("video", 40),)
    holds.settle(ada, held.id, 10)
    assert credit_picture.set_aside(ada) == 0
    assert credit_picture.picture(ada).features == (("video", 10),)


def test_a_long_log_is_read_at_no_more_than_120_places() -> None:
    ada = builders.add_user()
    builders.give_credits(ada, 1000)
    for number in range(150):
        credits.spend(ada, 1, key=str(number), feature="chat")
    found = credit_picture.picture(ada)
    assert len(found.balance) == 120
    assert (found.balance[0].one_time, found.balance[-1].one_time) == (1000, 850)
    assert found.features == (("chat", 150),)


def test_somebody_without_credits_has_an_empty_picture() -> None:
    found = credit_picture.picture(builders.add_user())
    assert (found.balance, found.features) == ((), ())
    assert billing_now() - found.since >= credit_picture.WINDOW - timedelta(seconds=5)
