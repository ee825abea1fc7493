"""All plans side by side: their order, their switches, copies, and putting one away."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from nestpay.billing import catalog
from nestpay.billing.clock import real_now
from nestpay.billing.plan_editor import note
from nestpay.billing.plan_rows import entry_of, fill, write_prices
from nestpay.domain.errors import NotFound, PlanWasBought
from nestpay.domain.money import Money
from nestpay.domain.plan_entries import complete
from nestpay.domain.plans import FREE_PROVIDER
from nestpay.store import plan_edits as store
from nestpay.store import plans as plan_store
from nestpay.store.session import reading, transaction
from nestpay.store.tables import PlanRow, PriceRecord


@dataclass(frozen=True, slots=True)
class ShelfPrice:
    """A price that is sold: minor units of `currency`; whether its provider knows it, and what differs there."""

    provider: str
    interval: str
    currency: str
    amount_minor: int
    is_made: bool
    provider_state: str

    def text(self, locale: str) -> str:
        """The amount as money is written in `locale`."""
        return Money(self.amount_minor, self.currency).text(locale)


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """A plan in the list of all. `is_here` says that its environment is the one this house sells from."""

    plan_id: str
    key: str
    title: str
    environment: str
    is_here: bool
    group: str
    is_active: bool
    is_highlighted: bool
    is_archived: bool
    prices: tuple[ShelfPrice, ...]
    subscribers: int


def every_plan() -> list[ShelfRow]:
    """All plans in their order, those of this house's environment first, archived ones last."""
    with reading() as session:
        rows = store.every_plan(session)
        prices = store.active_prices(session, [row.id for row in rows])
        holders = store.holders_of_all(session)
    here = catalog.environment()
    rows = sorted(rows, key=lambda row: (row.archived_at is not None, row.environment != here, row.display_order))
    return [_shelf_row(row, [price for price in prices if price.plan_id == row.id], holders, here) for row in rows]


def _shelf_row(row: PlanRow, prices: list[PriceRecord], holders: dict[str, int], here: str) -> ShelfRow:
    return ShelfRow(
        plan_id=row.id,
        key=row.key,
        title=row.title,
        environment=row.environment,
        is_here=row.environment == here,
        group=row.sales_group,
        is_active=row.active,
        is_highlighted=row.highlighted,
        is_archived=row.archived_at is not None,
        prices=tuple(
            ShelfPrice(
                provider=price.provider,
                interval=str(price.interval),
                currency=price.currency,
                amount_minor=price.amount_minor,
                is_made=price.provider == FREE_PROVIDER or price.provider_price_id is not None,
                provider_state=price.provider_state,
            )
            for price in prices
        ),
        subscribers=holders.get(row.id, 0),
    )


def set_active(plan_id: str, is_on: bool, *, by: str, ip: str = "") -> None:
    """Sell a plan, or take it off the pricing page; who has it keeps it. Raises NotFound."""

    def switch(row: PlanRow) -> None:
        row.active = is_on
        row.archived_at = None if is_on else row.archived_at

    _change(plan_id, "plan.edit", switch, by, ip)


def set_highlighted(plan_id: str, is_on: bool, *, by: str, ip: str = "") -> None:
    """Let a plan stand out on the pricing page, or not. Raises NotFound."""
    _change(plan_id, "plan.edit", lambda row: setattr(row, "highlighted", is_on), by, ip)


def archive(plan_id: str, *, by: str, ip: str = "") -> None:
    """Put a plan away: it is sold no longer, and who has it keeps it. Raises NotFound."""

    def put_away(row: PlanRow) -> None:
        row.active, row.archived_at = False, row.archived_at or real_now()

    _change(plan_id, "plan.archive", put_away, by, ip)


def restore(plan_id: str, *, by: str, ip: str = "") -> None:
    """Take a plan out of the archive; it is not sold before it is switched on. Raises NotFound."""
    _change(plan_id, "plan.restore", lambda row: setattr(row, "archived_at", None), by, ip)


def _change(plan_id: str, action: str, change: Callable[[PlanRow], None], by: str, ip: str) -> None:
    with transaction() as session:
        row = _locked(session, plan_id)
        prices = store.active_prices(session, [plan_id])
        before = _shelf_entry(row, prices)
        change(row)
        row.version, row.updated_at = row.version + 1, real_now()
        session.add(row)
        note(session, action, plan_id, before, _shelf_entry(row, prices), by=by, ip=ip)


def _shelf_entry(row: PlanRow, prices: object) -> dict[str, object]:
    return {**entry_of(row, []), "archived": row.archived_at is not None}


def move(plan_id: str, to: int, *, by: str, ip: str = "") -> None:
    """Put a plan at place `to` (from 0) among those of its environment that are not archived. Raises NotFound."""
    with transaction() as session:
        row = _locked(session, plan_id)
        group = [
            each for each in store.every_plan(session) if each.environment == row.environment and not each.archived_at
        ]
        order = [each.id for each in group if each.id != plan_id]
        order.insert(max(0, to), plan_id)
        places = {each.id: each.display_order for each in group}
        moved = {each: place for place, each in enumerate(order) if places.get(each) != place}
        if not moved:
            return
        store.set_orders(session, moved, real_now())
        was, now = places.get(plan_id, 0), order.index(plan_id)
        note(session, "plan.move", plan_id, {"order": was}, {"order": now}, by=by, ip=ip)


def duplicate(plan_id: str, *, by: str, ip: str = "") -> str:
    """A copy that is not sold yet and that no provider knows, right after its original. Returns its id. Raises NotFound."""
    now = real_now()
    with transaction() as session:
        row = _locked(session, plan_id)
        entry = complete(entry_of(row, store.active_prices(session, [plan_id])))
        key = _free_key(row.key, store.keys_of(session, row.environment))
        entry |= {"key": key, "title": entry["title"], "active": False, "highlighted": False}
        entry["prices"] = [price | {"id": "", "price_id": "", "product_id": ""} for price in entry["prices"]]
        copy = PlanRow(key=key, environment=row.environment, title="", created_at=now, updated_at=now)
        fill(copy, entry)
        session.add(copy)
        session.flush()
        write_prices(session, copy, entry["prices"], now)
        note(session, "plan.add", copy.id, {}, entry, by=by, ip=ip)
    return copy.id


def remove(plan_id: str, *, by: str, ip: str = "") -> None:
    """Delete a plan that nobody ever ordered. Raises NotFound, PlanWasBought."""
    with transaction() as session:
        row = _locked(session, plan_id)
        prices = plan_store.prices_of(session, [plan_id])
        if store.was_bought(session, plan_id) or any(store.is_used(session, price.id) for price in prices):
            raise PlanWasBought
        before = entry_of(row, prices)
        store.remove(session, plan_id)
        note(session, "plan.delete", plan_id, before, {}, by=by, ip=ip)


def _locked(session: Session, plan_id: str) -> PlanRow:
    row = store.plan(session, plan_id, lock=True)
    if row is None:
        raise NotFound
    return row


def _free_key(key: str, taken: set[str]) -> str:
    """`pro-2` beside `pro`, or the next number that is free."""
    stem = key[:50]
    return next(f"{stem}-{number}" for number in range(2, len(taken) + 3) if f"{stem}-{number}" not in taken)
