"""What was spent and then lost its money: kept, owed or frozen, as the plan said when it was paid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from nestpay.billing import credits, doctor, holds, inbox
from nestpay.domain.errors import AccountFrozen, NotFound, Refused
from nestpay.domain.facts import Amounts, CheckoutPaid, Disputed, Fact, Refunded
from nestpay.domain.ledger import Pool
from nestpay.store.tables import AuditRow, CreditGrantRow, OrderRow, PlanRow, UsageRow
from tests import builders
from tests.shop import FIRST_OF_FEBRUARY, Shop

PRICE = 900


def set_policy(shop: Shop, policy: str) -> None:
    (row,) = builders.rows_of(PlanRow, id=shop.pack.plan_id)
    builders.set_columns(PlanRow, "id", row.id, benefits={**row.benefits, "clawback": policy})


def paid(shop: Shop, name: str = "1") -> CheckoutPaid:
    return CheckoutPaid(
        provider="stripe",
        at=FIRST_OF_FEBRUARY,
        session_id=f"cs_{name}",
        customer_id=shop.customer_id,
        price_id=shop.pack.id,
        payment_intent_id=f"pi_{name}",
        amounts=Amounts(PRICE, 0, 0, PRICE, "usd"),
    )


def refunded(amount: int = PRICE, status: str = "succeeded", name: str = "1", refund: str = "re_1") -> Refunded:
    at = FIRST_OF_FEBRUARY + timedelta(minutes=["pending", "succeeded", "failed"].index(status))
    payment = f"pi_{name}"
    return Refunded(
        provider="stripe",
        at=at,
        refund_id=refund,
        amount=amount,
        currency="usd",
        status=status,
        payment_intent_id=payment,
    )


def disputed(status: str, minute: int) -> Disputed:
    at = FIRST_OF_FEBRUARY + timedelta(minutes=minute)
    return Disputed(
        provider="stripe",
        at=at,
        dispute_id="dp_1",
        amount=PRICE,
        currency="usd",
        status=status,
        payment_intent_id="pi_1",
    )


def hear(*facts: Fact) -> None:
    for fact in facts:
        inbox.apply([fact])


def standing(shop: Shop) -> tuple[int, int, bool]:
    """What is there, what is owed and whether it is frozen; the books are right."""
    assert list(doctor.examine()) == []
    found = credits.get_user_benefits(shop.user_id)
    return found.total_available_credits, found.debt, found.is_frozen


def buy_and_spend(shop: Shop, policy: str, amount: int = 400) -> None:
    """A pack of 500 credits, of which so many are spent."""
    set_policy(shop, policy)
    hear(paid(shop))
    credits.spend(shop.user_id, amount, key="spent")


@pytest.mark.parametrize(
    ("policy", "after"), [("clamp", (0, 0, False)), ("debt", (0, 400, False)), ("freeze", (0, 400, True))]
)
def test_the_plan_says_what_becomes_of_spent_credits(shop: Shop, policy: str, after: tuple[int, int, bool]) -> None:
    buy_and_spend(shop, policy)
    set_policy(shop, "clamp")  # an edit of the plan changes nothing for what was paid before
    for _ in range(2):
        hear(refunded())
        assert standing(shop) == after
    (order,) = [row for row in builders.rows_of(OrderRow) if row.type == "purchase"]
    assert (order.credits_revoked, order.credits_owed) == (100, 400)


@pytest.mark.parametrize("policy", ["debt", "freeze"])
def test_a_refund_that_fails_takes_the_debt_away(shop: Shop, policy: str) -> None:
    buy_and_spend(shop, policy)
    hear(refunded(), refunded(status="failed"), refunded())
    assert standing(shop) == (100, 0, False)


@pytest.mark.parametrize("policy", ["debt", "freeze"])
def test_a_debt_is_paid_by_the_next_lot_and_what_paid_comes_back_when_nothing_was_owed(shop: Shop, policy: str) -> None:
    buy_and_spend(shop, policy)
    hear(refunded(amount=450))
    assert standing(shop) == (0, 150, policy == "freeze")
    hear(paid(shop, "2"))
    assert standing(shop) == (350, 0, False)
    hear(refunded(amount=450, status="failed"))
    assert standing(shop) == (600, 0, False)


def test_what_is_there_pays_a_debt_at_once_so_that_it_does_not_matter_what_was_heard_of_first(shop: Shop) -> None:
    facts: Sequence[Fact] = (paid(shop, "2"), refunded(amount=300), refunded(amount=600, refund="re_2"))
    ends = set()
    for number, order in enumerate(permutations(facts)):
        ada = builders.add_user(f"ada{number}")
        mine = Shop(ada, builders.add_customer(ada, f"cus_{number}"), shop.prices, shop.edge)
        renamed = [_of(fact, mine, number) for fact in order]
        set_policy(shop, "freeze")
        hear(_of(paid(mine), mine, number))
        credits.spend(ada, 400, key="spent")
        hear(*renamed, *reversed(renamed))
        lots = sorted(lot.remaining for lot in builders.rows_of(CreditGrantRow, user_id=ada))
        ends.add((standing(mine), tuple(lots)))
    assert ends == {((100, 0, False), (0, 100))}


def _of(fact: Fact, shop: Shop, number: int) -> Fact:
    """The same fact of another customer."""
    names = ("session_id", "payment_intent_id", "refund_id")
    known = {name: f"{getattr(fact, name)}_{number}" for name in names if getattr(fact, name, None)}
    customer = {"customer_id": shop.customer_id} if isinstance(fact, CheckoutPaid) else {}
    return replace(fact, **known, **customer)


def test_a_dispute_freezes_and_a_won_one_lets_go(shop: Shop) -> None:
    buy_and_spend(shop, "freeze")
    hear(disputed("needs_response", 1))
    assert standing(shop) == (0, 400, True)
    hear(refunded())
    assert standing(shop) == (0, 400, True)
    hear(refunded(status="failed"), disputed("won", 2), disputed("needs_response", 1))
    assert standing(shop) == (100, 0, False)


def test_a_frozen_account_is_refused_in_a_plain_sentence(shop: Shop) -> None:
    buy_and_spend(shop, "freeze")
    hear(refunded())
    for attempt in (
        lambda: credits.spend(shop.user_id, 1, key="a"),
        lambda: holds.hold(shop.user_id, 1, key="b"),
    ):
        with pytest.raises(AccountFrozen, match="frozen"):
            attempt()


def test_an_admin_lets_a_frozen_account_spend_again_and_the_debt_stays(shop: Shop) -> None:
    buy_and_spend(shop, "freeze")
    hear(refunded())
    with pytest.raises(Refused):
        credits.unfreeze(shop.user_id, by="boss", reason=" ")
    with pytest.raises(NotFound):
        credits.unfreeze("nobody", by="boss", reason="a friend")
    for _ in range(2):
        credits.unfreeze(shop.user_id, by="boss", reason="a friend", ip="203.0.113.9")
    assert standing(shop) == (0, 400, False)
    (row,) = builders.rows_of(AuditRow)
    assert (row.action, row.actor_id, row.ip, row.after) == (
        "credits.unfreeze",
        "boss",
        "203.0.113.9",
        {"debt": 400, "reason": "a friend"},
    )
    hear(refunded())
    assert standing(shop) == (0, 400, False)


def test_what_a_hold_gives_back_pays_what_is_owed_first(shop: Shop) -> None:
    set_policy(shop, "debt")
    hear(paid(shop))
    held = holds.hold(shop.user_id, 300, key="work")
    hear(refunded())
    assert standing(shop) == (0, 300, False)
    holds.settle(shop.user_id, held.id, 100)
    assert standing(shop) == (0, 100, False)


def test_the_doctor_recomputes_what_is_owed(shop: Shop) -> None:
    buy_and_spend(shop, "debt")
    hear(refunded())
    builders.set_columns(UsageRow, "user_id", shop.user_id, debt=1)
    assert [finding.complaint for finding in doctor.examine()] == ["it says that 1 are owed, and the log says 400"]
    builders.set_columns(UsageRow, "user_id", shop.user_id, debt=400)
    builders.give_credits(shop.user_id, 1000, Pool.ONE_TIME)
    builders.set_columns(UsageRow, "user_id", shop.user_id, is_frozen=True)
    assert [finding.complaint for finding in doctor.examine()] == ["it is frozen, and nothing is owed"]
