"""The third provider keeps the part of the contract that it claims, and says of the rest that it cannot."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nestpay.domain.errors import BadSignature, MalformedEvent, ProviderMissing, ProviderRefused
from nestpay.providers.base import PaymentProvider
from nestpay.store.tables import OrderRow, SubscriptionRow
from tests.providers import contract
from tests.providers.companies import Delivery
from tests.providers.contract import Story
from tests.providers.contract_shop import Shop, open_shop

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CLAIMED = ("buying", "giving back", "deliveries")
CANNOT = (
    contract.what_happened_can_be_listed_where_the_company_lists_it,
    contract.nobody_is_charged_without_being_there_unless_a_card_is_kept,
)


class TheBank:
    """Customers who send money, and an admin who sees it come."""

    def __init__(self, folder: Path) -> None:
        from bank_transfer.provider import BankTransfer

        self.bank = BankTransfer(file=folder / "bank.sqlite", secret="s" * 40, page="http://shop.example/bank/")
        self._told: list[Delivery] = []

    @property
    def provider(self) -> PaymentProvider:
        return self.bank

    def pay(self, order: OrderRow) -> None:
        self._told.append(self.bank.mark_paid(order.provider_session_id or ""))

    def lose_card(self, held: SubscriptionRow) -> None:
        """There are no cards."""

    def mend_card(self, held: SubscriptionRow) -> None:
        """There are no cards."""

    def dispute(self, order: OrderRow) -> None:
        """Who sent money by hand cannot take it back."""

    def deliveries(self) -> list[Delivery]:
        fresh, self._told = self._told, []
        return fresh

    def move_to(self, moment: datetime) -> None:
        """A bank goes by the real time."""


@pytest.fixture
def shop(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.delitem(sys.modules, "bank_transfer", raising=False)
    with open_shop(TheBank(tmp_path), only_once=True) as opened:
        yield opened


@pytest.mark.parametrize(
    "story",
    [*(story for part in CLAIMED for story in contract.STORIES[part]), *CANNOT],
    ids=lambda story: story.__name__,
)
def test_the_bank_keeps_the_part_of_the_contract_that_it_claims(story: Story, shop: Shop) -> None:
    story(shop)


def test_the_admin_sees_what_is_awaited(shop: Shop) -> None:
    shop.buy()
    assert isinstance(shop.company, TheBank)
    bank = shop.company.bank
    contract.checkout.start(shop.user_id, shop.prices["credits-2500", "once"])
    (awaited,) = bank.open_transfers()
    assert (awaited["amount"], awaited["currency"]) == (3600, "usd")


def test_what_it_cannot_do_it_says(shop: Shop) -> None:
    provider = shop.company.provider
    for refused in (
        lambda: provider.retrieve_subscription("sub_1"),
        lambda: provider.pause("sub_1", idempotency_key="k"),
        lambda: provider.create_portal("bank_1", return_url="", locale="en"),
        lambda: provider.expire_checkout("X"),
    ):
        with pytest.raises(ProviderRefused):
            refused()
    assert provider.list_subscriptions(None) == []


def test_strange_ids_and_bodies_are_refused(shop: Shop) -> None:
    provider = shop.company.provider
    with pytest.raises(ProviderMissing):
        provider.retrieve_checkout("NOTHING")
    with pytest.raises(ProviderMissing):
        provider.verify_price("price_of_somebody_else")
    with pytest.raises(MalformedEvent):
        provider.parse_event("{}")
    with pytest.raises(BadSignature):
        provider.verify_event(b"{}", {}, datetime.now(UTC))
