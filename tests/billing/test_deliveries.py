"""What is handed over after a purchase: once, again when it fails, and taken back when the money goes back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from nestpay.billing import attention, deliveries, downloads
from nestpay.billing.deliveries import Parcel, Result
from nestpay.billing.inbox import apply
from nestpay.domain.errors import NotAllowed, StaleLink
from nestpay.domain.facts import Amounts, CheckoutPaid, Refunded
from nestpay.store.tables import DeliveryRow, PriceRecord, ProductRow
from tests import builders
from tests.billing.test_content import add, add_price
from tests.shop import FIRST_OF_FEBRUARY, Shop


class Balloon:
    """A delivery that fails as often as it is told to."""

    name = "balloon"

    def __init__(self) -> None:
        self.failures = 0
        self.calls: list[tuple[str, str]] = []

    def carry_out(self, parcel: Parcel) -> Result:
        self.calls.append(("out", parcel.id))
        if self.failures:
            self.failures -= 1
            raise OSError("no helium")
        return {"colour": "red", "for": parcel.email, "of": parcel.sells}

    def take_back(self, parcel: Parcel, result: Result) -> None:
        self.calls.append(("back", result.get("colour", "")))


@pytest.fixture
def balloon() -> Iterator[Balloon]:
    made = Balloon()
    deliveries.register(made)
    yield made
    deliveries.forget("balloon")


def sell(shop: Shop, *names: str) -> PriceRecord:
    return add_price("product", add(ProductRow, "kit", benefits={"deliveries": list(names)}, file="kit.txt"))


def pay(shop: Shop, price: PriceRecord) -> None:
    amounts = Amounts(currency="usd", subtotal=500, discount=0, tax=0, total=500)
    fact = CheckoutPaid(
        provider="stripe",
        at=FIRST_OF_FEBRUARY,
        session_id="cs_kit",
        customer_id=shop.customer_id,
        user_id=shop.user_id,
        price_id=price.id,
        payment_intent_id="pi_kit",
        amounts=amounts,
    )
    apply((fact,))


def give_back(amount: int = 500) -> None:
    refund = Refunded(
        provider="stripe",
        at=FIRST_OF_FEBRUARY + timedelta(hours=1),
        refund_id="re_kit",
        payment_intent_id="pi_kit",
        charge_id=None,
        amount=amount,
        currency="usd",
        status="succeeded",
        reason="",
    )
    apply((refund,))


def only() -> DeliveryRow:
    (row,) = builders.rows_of(DeliveryRow)
    return row


def test_a_purchase_is_handed_over_once_however_often_it_is_told(shop: Shop, balloon: Balloon) -> None:
    price = sell(shop, "balloon")
    pay(shop, price)
    pay(shop, price)
    assert (only().state, only().result) == ("pending", {})
    while deliveries.run_due():
        pass
    assert (only().state, only().result) == ("done", {"colour": "red", "for": "ada@example.com", "of": "product:kit"})
    assert balloon.calls == [("out", only().id)]


def test_one_that_fails_is_tried_again_later_and_given_up_in_the_end_until_an_admin_says_otherwise(
    shop: Shop, balloon: Balloon, clock: time_machine.Traveller
) -> None:
    balloon.failures = 7
    pay(shop, sell(shop, "balloon"))
    assert (deliveries.run_due(), deliveries.run_due()) == (1, 0)
    assert "no helium" in only().error
    for _ in range(6):
        clock.shift(timedelta(days=1))
        deliveries.run_due()
    assert (only().state, only().attempts) == ("failed", 7)
    assert [(row.state, row.error, row.email) for row in deliveries.desk()] == [
        ("failed", "OSError: no helium", "ada@example.com")
    ]
    assert "delivery" in {concern.kind for concern in attention.concerns()}
    deliveries.retry(only().id, by=shop.user_id)
    deliveries.run_due()
    assert "delivery" not in {concern.kind for concern in attention.concerns()}
    assert (only().state, only().error) == ("done", "")


def test_a_full_refund_takes_back_what_was_handed_over_and_a_partial_one_does_not(shop: Shop, balloon: Balloon) -> None:
    pay(shop, sell(shop, "balloon"))
    deliveries.run_due()
    give_back(200)
    assert only().state == "done"
    give_back_rest()
    deliveries.run_due()
    assert (only().state, balloon.calls[-1]) == ("revoked", ("back", "red"))


def give_back_rest() -> None:
    refund = Refunded(
        provider="stripe",
        at=FIRST_OF_FEBRUARY + timedelta(hours=2),
        refund_id="re_rest",
        payment_intent_id="pi_kit",
        charge_id=None,
        amount=300,
        currency="usd",
        status="succeeded",
        reason="",
    )
    apply((refund,))


def test_what_was_refunded_before_it_was_handed_over_is_never_handed_over(shop: Shop, balloon: Balloon) -> None:
    pay(shop, sell(shop, "balloon"))
    give_back()
    deliveries.run_due()
    assert (only().state, balloon.calls) == ("revoked", [])


def test_a_licence_key_is_the_same_at_every_try_and_ends_with_the_refund(shop: Shop) -> None:
    pay(shop, sell(shop, "licence_key"))
    deliveries.run_due()
    key, order_id = only().result["key"], only().order_id
    assert deliveries.is_valid_key(order_id, key)
    assert not deliveries.is_valid_key(order_id, "AAAAA-AAAAA-AAAAA-AAAAA")
    give_back()
    assert not deliveries.is_valid_key(order_id, key)


def test_a_link_to_a_file_is_short_lived_and_dies_with_the_refund(shop: Shop, clock: time_machine.Traveller) -> None:
    downloads.folder().mkdir(parents=True, exist_ok=True)
    (downloads.folder() / "kit.txt").write_text("the goods")
    pay(shop, sell(shop, "download"))
    token = downloads.link_to(shop.user_id, "kit").rpartition("/")[2]
    assert downloads.follow(token).read_text() == "the goods"
    with pytest.raises(NotAllowed):
        downloads.link_to(builders.add_user("bob"), "kit")
    with pytest.raises(StaleLink):
        downloads.follow(token + "x")
    give_back()
    with pytest.raises(NotAllowed):
        downloads.follow(token)
    clock.shift(timedelta(seconds=downloads.GOOD_FOR_SECONDS + 5))
    with pytest.raises(StaleLink):
        downloads.follow(token)
