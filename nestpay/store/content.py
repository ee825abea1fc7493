"""Articles, spaces and products: found by slug, listed, and kept with their prices."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import select
from sqlmodel import Session, col

from nestpay.store.tables import ArticleRow, PriceRecord, ProductRow, SpaceRow, Ware

KINDS: dict[str, type[Ware]] = {"article": ArticleRow, "space": SpaceRow, "product": ProductRow}
"""By the word that prices and names of entitlements have for them."""

_Kind = TypeVar("_Kind", ArticleRow, SpaceRow, ProductRow)


def by_slug(session: Session, kind: type[_Kind], slug: str) -> _Kind | None:
    """One that is published."""
    return session.scalars(select(kind).where(col(kind.slug) == slug, col(kind.published))).first()


def by_slug_of_any(session: Session, kind: type[_Kind], slug: str) -> _Kind | None:
    """One, published or not: what is not sold any more is still its buyers'."""
    return session.scalars(select(kind).where(col(kind.slug) == slug)).first()


def by_id(session: Session, kind: type[Ware], ware_id: str, *, lock: bool = False) -> Ware | None:
    """One, published or not; with `lock`, nobody else changes it before this transaction ends."""
    query = select(kind).where(col(kind.id) == ware_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def published(session: Session, kind: type[_Kind], limit: int = 200) -> Sequence[_Kind]:
    """All that are published, the newest first."""
    newest = (col(kind.created_at).desc(), col(kind.id).desc())
    return session.scalars(select(kind).where(col(kind.published)).order_by(*newest).limit(limit)).all()


def articles_of(session: Session, space_id: str) -> Sequence[ArticleRow]:
    """The published articles of a space, the newest first."""
    query = select(ArticleRow).where(col(ArticleRow.space_id) == space_id, col(ArticleRow.published))
    return session.scalars(query.order_by(col(ArticleRow.created_at).desc(), col(ArticleRow.id).desc())).all()


def everything(session: Session, kind: type[Ware]) -> Sequence[Ware]:
    """All of a kind, drafts too, what was edited last first."""
    return session.scalars(select(kind).order_by(col(kind.updated_at).desc(), col(kind.id).desc())).all()


def id_of_slug(session: Session, kind: type[Ware], slug: str) -> str | None:
    """Whose slug this is."""
    return session.scalars(select(col(kind.id)).where(col(kind.slug) == slug)).first()


def prices_of(session: Session, kind: str, ware_ids: Iterable[str]) -> Sequence[PriceRecord]:
    """The prices of things of one kind that are sold, the cheapest first."""
    owner = col(getattr(PriceRecord, f"{kind}_id"))
    query = select(PriceRecord).where(owner.in_(sorted(set(ware_ids))), col(PriceRecord.active))
    return session.scalars(query.order_by(col(PriceRecord.amount_minor), col(PriceRecord.id))).all()


def every_price(session: Session) -> Sequence[PriceRecord]:
    """The prices of all articles, spaces and products."""
    query = select(PriceRecord).where(col(PriceRecord.plan_id).is_(None))
    return session.scalars(query.order_by(col(PriceRecord.id))).all()


def wares_of(session: Session, prices: Iterable[PriceRecord]) -> list[Ware]:
    """What these prices are prices of."""
    wanted = {price.thing_id for price in prices}
    found: list[Ware] = []
    for kind in KINDS.values():
        found += session.scalars(select(kind).where(col(kind.id).in_(sorted(wanted)))).all()
    return found


def products_with_files(session: Session) -> Sequence[ProductRow]:
    """The products that hand a file out, drafts too, in the order of their titles."""
    query = select(ProductRow).where(col(ProductRow.file) != "")
    return session.scalars(query.order_by(col(ProductRow.title), col(ProductRow.id))).all()
