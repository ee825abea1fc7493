"""Rows that measurements start from: customers with an account, credits to spend, and orders that wait for money."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from nestpay.domain import ledger
from nestpay.domain.ledger import Account, Grant, LogType, Pool, Stamp
from nestpay.domain.orders import Order, OrderStatus, OrderType
from nestpay.store import ledger as store
from nestpay.store.columns import new_id
from nestpay.store.session import transaction
from nestpay.store.tables import CustomerRow, OrderRow, PriceRecord, UserRow

CREDITS = 1_000_000_000


@dataclass(frozen=True)
class Waiting:
    """An order as a started checkout leaves it, and whose it is."""

    order_id: str
    user_id: str
    customer_id: str
    price_id: str
    session_id: str
    amount: int


def add(count: int) -> list[str]:
    """Add customers with an empty account; gives their ids."""
    now = datetime.now(UTC)
    people = []
    for _ in range(count):
        user_id = new_id()
        person = UserRow(id=user_id, email=f"{user_id}@example.com", name="Ada", password_hash="-", created_at=now)
        people.append(person.model_dump())
    ids = [person["id"] for person in people]
    with transaction() as session:
        session.connection().execute(UserRow.__table__.insert(), people)
        store.open_accounts(session, ids, now)
    return ids


def add_with_credits(count: int) -> list[str]:
    """Add customers who hold one lot of a billion one-time credits each; gives their ids."""
    ids = add(count)
    stamp = Stamp(datetime.now(UTC), new_id)
    postings = []
    for user_id in ids:
        wish = Grant(pool=Pool.ONE_TIME, source=LogType.ONE_TIME_PURCHASE, key=f"start:{user_id}", amount=CREDITS)
        postings.append(ledger.grant(Account(user_id=user_id), wish, stamp))
    with transaction() as session:
        store.write_postings(session, postings, stamp.now)
    return ids


def add_waiting_orders(count: int, provider: str = "stripe") -> list[Waiting]:
    """Add customers who are each on the provider's payment page with one pack of credits."""
    now = datetime.now(UTC)
    ids = add(count)
    with transaction() as session:
        pack = session.scalars(select(PriceRecord).where(PriceRecord.type == "one_time").limit(1)).one()
        waiting = [
            Waiting(new_id(), user_id, f"cus_{new_id()}", pack.id, f"cs_test_{new_id()}", pack.amount_minor)
            for user_id in ids
        ]
        customers = [
            CustomerRow(user_id=each.user_id, provider=provider, provider_customer_id=each.customer_id, created_at=now)
            for each in waiting
        ]
        session.connection().execute(CustomerRow.__table__.insert(), [row.model_dump() for row in customers])
        orders = [asdict(_order(each, pack, provider, now)) for each in waiting]
        session.connection().execute(OrderRow.__table__.insert(), orders)
    return waiting


def _order(waiting: Waiting, pack: PriceRecord, provider: str, now: datetime) -> Order:
    return Order(
        id=waiting.order_id,
        user_id=waiting.user_id,
        provider=provider,
        type=OrderType.PURCHASE,
        status=OrderStatus.PENDING,
        currency=pack.currency,
        price_id=pack.id,
        plan_id=pack.plan_id,
        provider_session_id=waiting.session_id,
        created_at=now,
        updated_at=now,
    )
