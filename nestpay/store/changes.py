"""What handlers see and what they ask for: rows read once for many facts, and their changes written once.

`load` reads and locks in one fixed order (orders, then accounts, each by id), so that no two callers deadlock.
`Rows.apply` makes each change visible to the next fact of the same group; `flush` writes them all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, SQLModel

from nestpay.domain.change_credits import WITHIN_PERIOD
from nestpay.domain.drips import Drip
from nestpay.domain.ledger import Account, LogType, Lot, Posting
from nestpay.domain.letters import Letter
from nestpay.domain.orders import Order, OrderStatus, OrderType
from nestpay.domain.plans import SEATS, PriceRow
from nestpay.domain.refunds import Granted
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.store import bulk, drips, emails, ledger, outgoing, plans, reversals
from nestpay.store.among import among, among_of
from nestpay.store.columns import values_of
from nestpay.store.marks import Mark
from nestpay.store.reads import Read, rows_of
from nestpay.store.reversals import Reversals
from nestpay.store.session import sent_together
from nestpay.store.tables import CustomerRow, OrderRow, SubscriptionRow, UserRow

_tables = SQLModel.metadata.tables
orders, customers = _tables[OrderRow.__tablename__], _tables[CustomerRow.__tablename__]
subscriptions, users = _tables[SubscriptionRow.__tablename__], _tables[UserRow.__tablename__]
# Built once: these run for every event, and building a statement costs more than running it.
_customer_columns = (customers.c.provider, customers.c.provider_customer_id, customers.c.user_id)
_CUSTOMERS = select(*_customer_columns).where(among_of(customers, "provider_customer_id", "customer_ids"))
_SUBSCRIPTIONS = select(subscriptions).where(among_of(subscriptions, "provider_subscription_id", "subscription_ids"))
_order_values, _subscription_values = values_of(Order), values_of(Subscription)
_BUYERS = select(users.c.id, users.c.email, users.c.name, users.c.locale).where(among(users.c.id, "user_ids"))


@dataclass(slots=True)
class Wanted:
    """The ids that a group of facts names. Ids of a provider's are looked up at each of `providers`.

    `goes_back` says that some of the facts are about money that goes back.
    """

    providers: set[str] = field(default_factory=set)
    order_ids: set[str] = field(default_factory=set)
    session_ids: set[str] = field(default_factory=set)
    invoice_ids: set[str] = field(default_factory=set)
    customer_ids: set[str] = field(default_factory=set)
    subscription_ids: set[str] = field(default_factory=set)
    price_ids: set[str] = field(default_factory=set)
    provider_price_ids: set[str] = field(default_factory=set)
    user_ids: set[str] = field(default_factory=set)
    payment_intent_ids: set[str] = field(default_factory=set)
    charge_ids: set[str] = field(default_factory=set)
    goes_back: bool = False


@dataclass(frozen=True, slots=True)
class Buyer:
    """What a handler needs of a user."""

    id: str
    email: str
    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What one fact asks for. After the commit, `sync` are provider subscriptions to read again, `jobs` to wake."""

    orders: tuple[Order, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    postings: tuple[Posting, ...] = ()
    drips: tuple[Drip, ...] = ()
    letters: tuple[Letter, ...] = ()
    marks: tuple[Mark, ...] = ()
    sync: tuple[tuple[str, str], ...] = ()
    jobs: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()

    @property
    def changes_something(self) -> bool:
        """Whether anything is to be written: a fact that was acted on before asks for nothing."""
        return any((self.orders, self.subscriptions, self.postings, self.drips, self.letters, self.marks))


@dataclass(slots=True)
class Rows:
    """Everything the facts of one group may look at, and what they changed so far."""

    orders: dict[str, Order] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    customers: dict[tuple[str, str], str] = field(default_factory=dict)
    prices: dict[str, PriceRow] = field(default_factory=dict)
    buyers: dict[str, Buyer] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    reversals: Reversals = field(default_factory=Reversals)
    newest_periods: dict[str, datetime] = field(default_factory=dict)
    """By subscription, when the newest period began whose credits were granted, used up or not."""
    _orders_by: dict[tuple[str, str], Order] = field(default_factory=dict)
    _subscriptions_by: dict[tuple[str, str], Subscription] = field(default_factory=dict)
    _stored: dict[str, Any] = field(default_factory=dict)
    _dirty_orders: dict[str, Order] = field(default_factory=dict)
    _dirty_subscriptions: dict[str, Subscription] = field(default_factory=dict)
    _postings: list[Posting] = field(default_factory=list)
    _drips: list[Drip] = field(default_factory=list)
    _letters: list[Letter] = field(default_factory=list)
    _marks: list[Mark] = field(default_factory=list)

    def order_of_session(self, provider: str, session_id: str) -> Order | None:
        return self._orders_by.get((provider, session_id))

    def order_of_invoice(self, provider: str, invoice_id: str) -> Order | None:
        return self._orders_by.get((provider, invoice_id))

    def order_of_payment(self, provider: str, payment_intent_id: str | None, charge_id: str | None) -> Order | None:
        """The order that a payment paid, by the payment, its charge or its invoice."""
        payment = self.reversals.payment_of(provider, payment_intent_id, None)
        invoice_id = payment.invoice_id if payment else None
        for provider_id in (payment_intent_id, charge_id, invoice_id):
            order = self._orders_by.get((provider, provider_id or ""))
            if order:
                return order
        return None

    def refund_order(self, provider: str, refund_id: str) -> Order | None:
        """The order of type `refund` that stands for a refund."""
        return self._orders_by.get((provider, refund_id))

    def posted_lots(self, order_id: str) -> dict[str, Lot]:
        """The lots of an order that were opened or changed since the rows were read, as they are now."""
        lots = (lot for posting in self._postings for lot in posting.lots if lot.order_id == order_id)
        return {lot.id: lot for lot in lots}

    def present_since(self, subscription_id: str) -> datetime | None:
        """When the newest period of a subscription began whose credits were granted; None before the first."""
        lots = (lot for posting in self._postings for lot in posting.lots if lot.subscription_id == subscription_id)
        begun = [lot.effective_at for lot in lots if not lot.key.endswith(WITHIN_PERIOD)]
        known = self.newest_periods.get(subscription_id)
        return max([*begun, known] if known else begun, default=None)

    def as_granted(self, lot: Lot, now: datetime) -> Granted:
        """A lot as its order's refunds see it at `now` (UTC), with what was posted since the rows were read."""
        seen = Reversals(
            revoked={lot.id: self.reversals.revoked.get(lot.id, 0)},
            ended={lot.id: self.reversals.ended.get(lot.id, 0)},
        )
        for line in (line for posting in self._postings for line in posting.lines):
            for touch in line.touches:
                if touch.lot_id == lot.id:
                    seen.count(lot.id, line.type, touch.amount, is_own=line.order_id == lot.order_id)
        return seen.as_granted(lot, now)

    def payers(self, user_id: str) -> list[tuple[Lot, int]]:
        """The lots that paid a user's debts, as they are now, and how much each of them paid."""
        known = {lot_id: pair for lot_id, pair in self.reversals.payers.items() if pair[0].user_id == user_id}
        for posting in (each for each in self._postings if each.account.user_id == user_id):
            now = {lot.id: lot for lot in posting.lots}
            known = {lot_id: (now.get(lot_id, lot), paid) for lot_id, (lot, paid) in known.items()}
            repaid = (line for line in posting.lines if line.type is LogType.DEBT_REPAID)
            for touch in (touch for line in repaid for touch in line.touches):
                known[touch.lot_id] = now[touch.lot_id], known.get(touch.lot_id, (None, 0))[1] - touch.amount
        return list(known.values())

    def subscription(self, provider: str, subscription_id: str | None) -> Subscription | None:
        return self._subscriptions_by.get((provider, subscription_id or ""))

    def take_in(self, order_or_subscription: Order | Subscription) -> None:
        """Make a row findable under its provider's ids."""
        row = order_or_subscription
        if isinstance(row, Subscription):
            self.subscriptions[row.id] = self._subscriptions_by[row.provider, row.provider_subscription_id] = row
            return
        self.orders[row.id] = row
        for provider_id in (
            row.provider_session_id,
            row.provider_invoice_id,
            row.provider_payment_intent_id,
            row.provider_charge_id,
            row.provider_order_id,
        ):
            if provider_id:
                self._orders_by[row.provider, provider_id] = row

    def price_at(self, provider: str, provider_price_id: str | None) -> PriceRow | None:
        return next(
            (
                price
                for price in self.prices.values()
                if price.provider == provider and price.provider_price_id == provider_price_id
            ),
            None,
        )

    def apply(self, changes: Changes) -> None:
        """Take the changes of one fact up, so that the next one sees them."""
        for order in changes.orders:
            self.take_in(order)
            self._dirty_orders[order.id] = order
        for subscription in changes.subscriptions:
            self.take_in(subscription)
            self._dirty_subscriptions[subscription.id] = subscription
        for posting in changes.postings:
            self.accounts[posting.account.user_id] = posting.account
            self._postings.append(posting)
        self._drips.extend(changes.drips)
        self._letters.extend(changes.letters)
        self._marks.extend(changes.marks)

    def flush(self, session: Session, now: datetime) -> None:
        """Write everything that was taken up, in the order that the foreign keys ask for."""
        with sent_together(session):
            self._write(session, subscriptions, self._dirty_subscriptions, _subscription_values)
            self._write(session, orders, self._dirty_orders, _order_values)
            self.reversals.flush(session, now)
            drips.add_all(session, self._drips)
            ledger.write_postings(session, self._postings, now)
            emails.enqueue(session, self._letters, now)
            subscribed = self._dirty_subscriptions.values()
            outgoing.orders_changed(
                session, [(self._stored.get(row.id), row) for row in self._dirty_orders.values()], now
            )
            outgoing.subscriptions_changed(session, [(self._stored.get(row.id), row) for row in subscribed], now)
        for mark in self._marks:
            mark.write(session, now)

    def _write(self, session: Session, table: Any, dirty: dict[str, Any], values: Callable[[Any], Any]) -> None:
        ordered = sorted(dirty.values(), key=lambda row: row.id)
        bulk.insert_all(session, table, [values(row) for row in ordered if row.id not in self._stored])
        before = [values(self._stored[row.id]) for row in ordered if row.id in self._stored]
        after = [values(row) for row in ordered if row.id in self._stored]
        # Only what changed in any of them: SQLite touches the index of every column that an update names.
        names = [
            name
            for name in (after[0] if after else ())
            if any(a[name] != b[name] for a, b in zip(after, before, strict=True))
        ]
        if names:
            bulk.update_all(session, table, [{name: row[name] for name in ("id", *names)} for row in after], key="id")


def load(session: Session, wanted: Wanted, now: datetime) -> Rows:
    """Read and lock what a group of facts wants."""
    rows = Rows()
    _load_what_is_named(session, wanted, rows)
    _load_what_that_leads_to(session, wanted, rows)
    owners = {
        *wanted.user_ids,
        *(order.user_id for order in rows.orders.values()),
        *rows.customers.values(),
        *(subscription.user_id for subscription in rows.subscriptions.values()),
    }
    shared_out = [order.id for order in rows.orders.values() if SEATS in order.granted]
    if shared_out:
        owners |= reversals.holders(session, shared_out)
    prices, buyers, heads, lots, *lots_of_orders = rows_of(
        session,
        [
            plans.read_of_prices(
                wanted.price_ids | {order.price_id for order in rows.orders.values() if order.price_id},
                wanted.provider_price_ids,
            ),
            Read(_BUYERS, {"user_ids": owners}),
            *ledger.reads_of_accounts(owners, lock=True),
            *(reversals.reads_of_lots(rows.orders) if _may_have_gone_back(wanted, rows) else (None, None)),
        ],
    )
    rows.prices = {row["id"]: plans.price_from(row) for row in prices}
    rows.buyers = {row["id"]: Buyer(**row) for row in buyers}
    rows.accounts = ledger.accounts_from(heads, lots)
    reversals.take_in_lots(rows.reversals, *lots_of_orders)
    debtors = {order.user_id for order in rows.orders.values() if order.credits_owed and "clawback" in order.granted}
    if debtors:
        reversals.take_in_payers(session, rows.reversals, debtors)
    missing = rows.buyers.keys() - rows.accounts.keys()
    if missing:
        ledger.open_accounts(session, missing, now)
        rows.accounts |= ledger.load_accounts(session, missing)
    rows.newest_periods = _newest_periods(session, rows.subscriptions)
    rows._stored = rows.orders | rows.subscriptions
    return rows


def _load_what_is_named(session: Session, wanted: Wanted, rows: Rows) -> None:
    """What can be found by the ids of the facts alone."""
    by_column = {
        "id": wanted.order_ids,
        "provider_session_id": wanted.session_ids,
        "provider_invoice_id": wanted.invoice_ids,
        "provider_payment_intent_id": wanted.payment_intent_ids,
        "provider_charge_id": wanted.charge_ids,
    }
    of = {"providers": wanted.providers}
    found, *of_payments, owned, subscribed = rows_of(
        session,
        [
            _read_of_orders(by_column),
            *reversals.reads(wanted.payment_intent_ids, wanted.charge_ids, wanted.invoice_ids, wanted.providers),
            Read(_CUSTOMERS, {"customer_ids": wanted.customer_ids} | of) if wanted.customer_ids else None,
            Read(_SUBSCRIPTIONS, {"subscription_ids": wanted.subscription_ids} | of)
            if wanted.subscription_ids
            else None,
        ],
    )
    reversals.take_in(rows.reversals, *of_payments)
    for row in found:
        rows.take_in(order_from(row))
    for row in subscribed:
        rows.take_in(subscription_from(row))
    rows.customers = {(row["provider"], row["provider_customer_id"]): row["user_id"] for row in owned}


def _load_what_that_leads_to(session: Session, wanted: Wanted, rows: Rows) -> None:
    """Orders of invoices that only the payments knew, and what went back of payments that only the orders knew."""
    known = rows.reversals
    invoices = {payment.invoice_id for payment in known.payments.values()} - {"", *wanted.invoice_ids}
    _take_orders(session, rows, provider_invoice_id=invoices)
    payments = {payment for _, payment in known.payments}
    payments |= {order.provider_payment_intent_id for order in rows.orders.values() if order.provider_payment_intent_id}
    if payments := payments - wanted.payment_intent_ids:
        _, *gone_back = reversals.reads(payments, set(), set(), ())
        reversals.take_in(known, (), *rows_of(session, gone_back))
    refund_orders = {refund_id for _, refund_id in known.refunds}
    _take_orders(session, rows, {provider for provider, _ in known.refunds}, provider_order_id=refund_orders)


def _may_have_gone_back(wanted: Wanted, rows: Rows) -> bool:
    """An order's own lots are needed only where something went back, or goes back now."""
    return bool(wanted.goes_back or rows.reversals.refunds or rows.reversals.disputes)


def _take_orders(session: Session, rows: Rows, providers: Iterable[str] = (), **ids_by_column: set[str]) -> None:
    """Lock and read the orders that have one of these ids in one of these columns."""
    (found,) = rows_of(session, [_read_of_orders(ids_by_column, providers)])
    for row in found:
        rows.take_in(order_from(row))


def _read_of_orders(ids_by_column: dict[str, set[str]], providers: Iterable[str] = ()) -> Read | None:
    wanted = {column: ids for column, ids in ids_by_column.items() if ids}
    return Read(_orders_by(*wanted), wanted | {"providers": providers}) if wanted else None


@cache
def _orders_by(*columns: str) -> Any:
    conditions = [
        among_of(orders, column, column) if column == "provider_order_id" else among(orders.c[column], column)
        for column in columns
    ]
    return select(orders).where(or_(*conditions)).order_by(orders.c.id).with_for_update()


def order_from(row: Any) -> Order:
    """A row of `orders` as the domain's value."""
    return Order(**{**row, "type": OrderType(row["type"]), "status": OrderStatus(row["status"])})


def subscription_of(session: Session, subscription_id: str) -> Subscription:
    """A subscription that is known to exist."""
    row = session.execute(select(subscriptions).where(subscriptions.c.id == subscription_id)).mappings().one()
    return subscription_from(row)


def subscription_from(row: Any) -> Subscription:
    """A row of `subscriptions` as the domain's value."""
    return Subscription(**{**row, "status": SubscriptionStatus(row["status"])})


def _newest_periods(session: Session, subscription_ids: Iterable[str]) -> dict[str, datetime]:
    wanted = sorted(subscription_ids)
    if not wanted:
        return {}
    query = (
        select(ledger.grants.c.subscription_id, func.max(ledger.grants.c.effective_at))
        .join(orders, orders.c.id == ledger.grants.c.order_id)
        .where(orders.c.subscription_id.in_(wanted), ledger.grants.c.key.not_like(f"%{WITHIN_PERIOD}"))
        .group_by(ledger.grants.c.subscription_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
