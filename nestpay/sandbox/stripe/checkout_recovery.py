"""A second chance for expired checkout sessions: a link that opens the same purchase once more."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import checkout_bill
from nestpay.sandbox.stripe.wire import Flag, Hash

DAY = 86400
OFFERED_FOR = 30 * DAY
WANTED = Hash({"recovery": Hash({"enabled": Flag(), "allow_promotion_codes": Flag()}, needs=("enabled",))})


def wanted(given: Document | None) -> Document | None:
    """`after_expiration` of a new session; the link is only known once it has expired."""
    recovery = (given or {}).get("recovery")
    if not recovery:
        return None
    codes = bool(recovery.get("allow_promotion_codes"))
    return {
        "recovery": {"allow_promotion_codes": codes, "enabled": recovery["enabled"], "expires_at": None, "url": None}
    }


def offered(books: Books, session: Document) -> Document | None:
    """`after_expiration` of a session that expires now, with its link."""
    after = session["after_expiration"]
    if not after or not after["recovery"]["enabled"]:
        return after
    link = f"{books.site}/stripe/recover/{session['id']}"
    return {"recovery": {**after["recovery"], "expires_at": books.now + OFFERED_FOR, "url": link}}


def recover(books: Books, id: str) -> Document | None:
    """A fresh copy of the expired session, or None when nothing was offered or the offer is over."""
    old = books.find("checkout.session", id)
    recovery = ((old or {}).get("after_expiration") or {}).get("recovery") or {}
    if old is None or not recovery.get("url") or recovery["expires_at"] <= books.now:
        return None
    session_id = new_id("cs_test", 58)
    session = {
        **old,
        "id": session_id,
        "after_expiration": wanted({"recovery": recovery}),
        "allow_promotion_codes": recovery["allow_promotion_codes"] or old["allow_promotion_codes"],
        "created": books.now,
        "expires_at": books.now + DAY,
        "recovered_from": old["id"],
        "status": "open",
        "url": f"{books.site}/stripe/checkout/{session_id}",
    }
    kept = {name: value for name, value in books.inner(old["id"]).items() if name not in ("attempt", "draft")}
    books.add(session, **kept)
    books.appoint(session["expires_at"], "expire_session", session_id)
    return checkout_bill.refresh(books, session)
