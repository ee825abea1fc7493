"""Words for lots: what they came from, and what became of them."""

from dataclasses import dataclass, field

from nestpay.billing.explain import LotView, Use
from nestpay.domain.ledger import LogType
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day, moment, stamp

LOT_TONES = {"open": "good", "used": "plain", "ended": "plain", "expired": "warn"}
_TYPES = frozenset(str(kind) for kind in LogType)
USES_SHOWN = 20


@dataclass(frozen=True)
class UseLine:
    date: str
    at: str
    """When, as ISO 8601."""
    what: str
    amount: str
    is_gain: bool


@dataclass(frozen=True)
class LotLine:
    """A lot with its story, ready to draw. `share` is what remains, in percent."""

    id: str
    title: str
    paid_for: str
    state: str
    tone: str
    left: str
    share: int
    granted: str
    granted_at: str
    ends: str
    order_id: str
    uses: list[UseLine] = field(default_factory=list)
    more: str = ""


def paid_by(source: str, locale: str) -> str:
    """What a lot came from: the order's own words, or the kind of grant in the visitor's language."""
    return t_in(locale, f"credit.type.{source}") if source in _TYPES else source


def feature_name(feature: str, locale: str) -> str:
    """A feature as people read it: `pdf_summary` becomes `Pdf summary`."""
    return feature.replace("_", " ").replace("-", " ").capitalize() or t_in(locale, "lots.no_feature")


def lot_line(lot: LotView, locale: str) -> LotLine:
    """A lot as a card."""
    hidden = len(lot.uses) - USES_SHOWN
    return LotLine(
        id=lot.id,
        title=t_in(locale, f"credit.type.{lot.source}"),
        paid_for=lot.paid_for,
        state=t_in(locale, f"lots.state.{lot.state}"),
        tone=LOT_TONES[lot.state],
        left=t_in(locale, "lots.left", left=lot.remaining, n=lot.amount),
        share=lot.remaining * 100 // lot.amount if lot.amount else 0,
        granted=moment(lot.granted_at, locale),
        granted_at=stamp(lot.granted_at),
        ends=_ends(lot, locale),
        order_id=lot.order_id,
        uses=[_use(use, locale) for use in lot.uses[:USES_SHOWN]],
        more=t_in(locale, "lots.more_uses", n=hidden) if hidden > 0 else "",
    )


def _ends(lot: LotView, locale: str) -> str:
    if lot.state == "ended":
        return t_in(locale, "lots.ended_on", day=day(lot.closed_at, locale))
    if lot.expires_at is None:
        return t_in(locale, "lots.no_end")
    key = "lots.expired_on" if lot.state == "expired" else "lots.until"
    return t_in(locale, key, day=day(lot.expires_at, locale))


def _use(use: Use, locale: str) -> UseLine:
    what = t_in(locale, f"credit.type.{use.type}")
    detail = use.note or (feature_name(use.feature, locale) if use.feature else "")
    return UseLine(
        date=moment(use.at, locale),
        at=stamp(use.at),
        what=f"{what} · {detail}" if detail else what,
        amount=t_in(locale, "credits.signed", sign="+" if use.amount > 0 else "−", n=abs(use.amount)),
        is_gain=use.amount > 0,
    )
