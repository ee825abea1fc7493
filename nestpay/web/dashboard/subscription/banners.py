"""What a subscription's owner should know first, in words: what is wrong, what is about to happen, and the way out."""

from dataclasses import dataclass

from nestpay.billing.standing import Standing
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day


@dataclass(frozen=True)
class Banner:
    """One message. `act` is the button's deed: card, link (to `url`), resume, unpause, unschedule or nothing."""

    kind: str
    tone: str
    title: str
    text: str
    act: str = ""
    url: str = ""


def banners_of(found: Standing, locale: str) -> list[Banner]:
    """The messages for one subscription, the most urgent first."""
    if found.kind == "seat":
        text = t_in(locale, "banner.seat.text")
        return [Banner("seat", "accent", t_in(locale, "banner.seat.title", plan=found.plan_title), text)]
    if found.kind != "own":
        return []
    made = (_owing(found, locale), _asked(found, locale), _ending(found, locale), _pausing(found, locale))
    return [banner for banner in (*made, _changing(found, locale), _trying(found, locale)) if banner]


def _owing(found: Standing, locale: str) -> Banner | None:
    if found.status not in ("past_due", "unpaid"):
        return None
    until = day(found.grace_ends_at, locale)
    key = "banner.past_due.text" if found.status == "past_due" and until else "banner.unpaid.text"
    text = t_in(locale, key, day=until) if key == "banner.past_due.text" else t_in(locale, key)
    # Paying the open invoice settles it at once; without its address, a good card lets the next try succeed.
    act = "link" if found.action_url else "card" if "card" in found.can else ""
    return Banner("past_due", "bad", t_in(locale, "banner.past_due.title"), text, act, found.action_url)


def _asked(found: Standing, locale: str) -> Banner | None:
    if not found.action_url or found.status in ("past_due", "unpaid"):
        return None
    title, text = t_in(locale, "banner.action.title"), t_in(locale, "banner.action.text")
    return Banner("action", "warn", title, text, "confirm", found.action_url)


def _ending(found: Standing, locale: str) -> Banner | None:
    if found.cancels_at is None:
        return None
    until = day(found.cancels_at, locale)
    text = t_in(locale, "banner.ending.text", plan=found.plan_title)
    act = "resume" if "resume" in found.can else ""
    return Banner("ending", "warn", t_in(locale, "banner.ending.title", day=until), text, act)


def _pausing(found: Standing, locale: str) -> Banner | None:
    if found.status != "paused":
        return None
    again = day(found.resumes_at, locale)
    until = day(found.current_period_end, locale)
    first = t_in(locale, "banner.paused.until", day=again) if again else t_in(locale, "banner.paused.open")
    second = t_in(locale, "banner.paused.access", day=until) if until else ""
    return Banner("paused", "warn", t_in(locale, "banner.paused.title"), f"{first} {second}".strip(), "unpause")


def _changing(found: Standing, locale: str) -> Banner | None:
    later = found.upcoming
    if later is None:
        return None
    price = t_in(locale, f"banner.change.{later.interval}", plan=later.plan_title)
    seats = t_in(locale, "banner.change.seats", n=later.quantity) if later.quantity != found.quantity else ""
    title = t_in(locale, "banner.change.title", what=f"{price}{seats}", day=day(later.at, locale))
    act = "unschedule" if "unschedule" in found.can else ""
    return Banner("change", "accent", title, t_in(locale, "banner.change.text"), act)


def _trying(found: Standing, locale: str) -> Banner | None:
    if found.trial_end is None or found.cancels_at is not None:
        return None
    title = t_in(locale, "banner.trial.title", day=day(found.trial_end, locale))
    price = t_in(locale, f"subscription.price.{found.interval}", amount=found.amount_text)
    return Banner("trial", "accent", title, t_in(locale, "banner.trial.text", price=price))
