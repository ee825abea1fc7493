"""Plans and prices: what is sold, read for cards and for the rules."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, String, cast, func, or_, select, update
from sqlmodel import Session, SQLModel, col

from nestpay.domain.periods import Interval
from nestpay.domain.plans import Benefits, PriceRow, PriceType
from nestpay.store.among import among
from nestpay.store.ledger import insert_for
from nestpay.store.reads import Read, rows_of
from nestpay.store.tables import ArticleRow, PlanRow, PriceRecord, ProductRow, SettingRow, SpaceRow

_tables = SQLModel.metadata.tables
plans, prices = _tables[PlanRow.__tablename__], _tables[PriceRecord.__tablename__]
settings = _tables[SettingRow.__tablename__]
wares = {"article": _tables[ArticleRow.__tablename__], "space": _tables[SpaceRow.__tablename__]}
wares["product"] = _tables[ProductRow.__tablename__]
"""What can be bought beside a plan, by the word that prices have for it."""
_PRICE_COLUMNS = (
    prices,
    plans.c.key.label("plan_key"),
    func.coalesce(plans.c.title, *(ware.c.title for ware in wares.values())).label("plan_title"),
    plans.c.translations.label("plan_words"),
    *(ware.c.titles.label(f"{word}_titles") for word, ware in wares.items()),
    *(ware.c.slug.label(f"{word}_slug") for word, ware in wares.items()),
    *(ware.c.benefits.label(f"{word}_benefits") for word, ware in wares.items()),
    *(ware.c.published.label(f"{word}_published") for word, ware in wares.items()),
    plans.c.sales_group,
    plans.c.trial_days,
    plans.c.benefits.label("plan_benefits"),
    plans.c.active.label("plan_active"),
)
_CATALOGUE_VERSION = "catalogue_version"


def price_rows(session: Session, price_ids: Iterable[str], provider_price_ids: Iterable[str] = ()) -> list[PriceRow]:
    """Prices by our id or the provider's, each with what the rules need of its plan."""
    (found,) = rows_of(session, [read_of_prices(price_ids, provider_price_ids)])
    return [price_from(row) for row in found]


def read_of_prices(price_ids: Iterable[str], provider_price_ids: Iterable[str]) -> Read | None:
    """The read whose rows `price_from` understands."""
    ids = {"id": set(price_ids), "provider_price_id": set(provider_price_ids)}
    wanted = {column: values for column, values in ids.items() if values}
    return Read(_prices_by(*wanted), wanted) if wanted else None


@cache
def _prices_by(*columns: str) -> Any:
    query = select(*_PRICE_COLUMNS).outerjoin(plans, plans.c.id == prices.c.plan_id)
    for word, ware in wares.items():
        query = query.outerjoin(ware, ware.c.id == prices.c[f"{word}_id"])
    return query.where(or_(*(among(prices.c[column], column) for column in columns)))


def price_from(row: Any) -> PriceRow:
    """A row of `read_of_prices` as the domain's value."""
    ware = next((word for word in wares if row[f"{word}_id"]), "")
    slug = row[f"{ware}_slug"] if ware else row["plan_key"]
    stored = row[f"{ware}_benefits"] if ware else row["plan_benefits"]
    is_sold = row[f"{ware}_published"] if ware else row["plan_active"]
    return PriceRow(
        id=row["id"],
        plan_id=row["plan_id"],
        plan_key=row["plan_key"] or "",
        plan_title=row["plan_title"],
        sales_group=f"{ware}:{row[f'{ware}_id']}" if ware else row["sales_group"],
        provider=row["provider"],
        provider_price_id=row["provider_price_id"],
        provider_product_id=row["provider_product_id"],
        type=PriceType(row["type"]),
        interval=Interval(row["interval"]),
        interval_count=row["interval_count"],
        currency=row["currency"],
        amount_minor=row["amount_minor"],
        trial_days=row["trial_days"] or 0,
        coupon_id=row["coupon_id"],
        allow_codes=row["allow_codes"],
        active=row["active"] and is_sold and not row["provider_state"],
        benefits=Benefits.from_json({**stored, **row["benefits"]}),
        sells=f"{ware or 'plan'}:{slug}",
        titles=row[f"{ware}_titles"] if ware else plan_titles(row["plan_words"]),
    )


def plan_titles(translations: Mapping[str, Any]) -> dict[str, str]:
    """A plan's title by language, from all its words in them."""
    return {locale: words["title"] for locale, words in translations.items() if words.get("title")}


def active_plans(session: Session, environment: str) -> Sequence[PlanRow]:
    """The plans on the pricing page, in their order."""
    query = select(PlanRow).where(col(PlanRow.environment) == environment, col(PlanRow.active).is_(True))
    return session.scalars(query.order_by(col(PlanRow.display_order), col(PlanRow.key))).all()


def all_plans(session: Session, environment: str) -> Sequence[PlanRow]:
    """Every plan of an environment, archived ones too."""
    query = select(PlanRow).where(col(PlanRow.environment) == environment)
    return session.scalars(query.order_by(col(PlanRow.display_order), col(PlanRow.key))).all()


def prices_of(session: Session, plan_ids: Iterable[str]) -> Sequence[PriceRecord]:
    """All prices of these plans, the cheapest first."""
    query = select(PriceRecord).where(col(PriceRecord.plan_id).in_(sorted(set(plan_ids))))
    return session.scalars(query.order_by(col(PriceRecord.amount_minor), col(PriceRecord.id))).all()


def catalogue_version(session: Session) -> int:
    """A number that rises with every change of the catalogue."""
    stored = session.scalar(select(settings.c.value).where(settings.c.key == _CATALOGUE_VERSION))
    return int(stored or 0)


def raise_catalogue_version(session: Session) -> None:
    """Say that the catalogue changed. Two transactions at the same time wait for each other here."""
    statement = insert_for(session, SettingRow).values(key=_CATALOGUE_VERSION, value="1")
    one_more = cast(cast(settings.c.value, Integer) + 1, String)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": one_more}))


def set_provider_ids(
    session: Session, price_id: str, product_id: str | None, provider_price_id: str, now: datetime
) -> None:
    """Remember under which ids the provider knows a price."""
    session.execute(
        update(prices)
        .where(prices.c.id == price_id)
        .values(provider_product_id=product_id, provider_price_id=provider_price_id, updated_at=now)
    )


def prices_to_check(session: Session, limit: int) -> Sequence[PriceRecord]:
    """Up to `limit` prices that are sold and to be compared with the provider's, the one asked for first first."""
    query = select(PriceRecord).where(col(PriceRecord.check_asked_at).is_not(None), col(PriceRecord.active))
    return session.scalars(query.order_by(col(PriceRecord.check_asked_at), col(PriceRecord.id)).limit(limit)).all()


def prices_at_providers(session: Session) -> Sequence[PriceRecord]:
    """All prices that a provider knows and that are sold: what became of one that was replaced matters no more."""
    query = select(PriceRecord).where(col(PriceRecord.provider_price_id).is_not(None), col(PriceRecord.active))
    return session.scalars(query.order_by(col(PriceRecord.id))).all()


def note_provider_state(session: Session, price: PriceRecord, state: str, now: datetime) -> bool:
    """Remember what a comparison that began with `price` found; one asked for since then stays asked for.

    Returns whether this is news.
    """
    session.execute(
        update(prices)
        .where(prices.c.id == price.id, prices.c.check_asked_at == price.check_asked_at)
        .values(check_asked_at=None)
    )
    changed = (
        update(prices)
        .where(prices.c.id == price.id, prices.c.provider_state != state)
        .values(provider_state=state, updated_at=now)
    )
    return bool(session.execute(changed.returning(prices.c.id)).first())
