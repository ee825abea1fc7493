"""What an operator asks from a terminal: is the ledger right, do we and the providers agree, let time pass."""

from datetime import UTC, datetime, timedelta

import httpx

from nestpay.launch.progress import say, stop
from nestpay.launch.start import opened, settings_for

_SECONDS_FOR_A_LONG_MOVE = 600.0


def examine_ledger(email: str) -> None:
    """Recompute every account, or one person's, and say what does not add up; ends with status 1 if anything."""
    from nestpay.billing import doctor

    with opened(settings_for()):
        found = list(doctor.examine([_user_id(email)] if email else None))
    for finding in found:
        say(f"user {finding.user_id}: {finding.row}: {finding.complaint}")
    if found:
        raise stop(f"{len(found)} accounts do not add up.")
    say("Every account adds up: balances, lots, lineage and the chain of hashes.")


def reconcile(*, email: str, since: str, dry_run: bool) -> None:
    """Find where we and the providers disagree, and mend it unless `dry_run`."""
    from nestpay.billing import reconcile as billing_reconcile
    from nestpay.domain.errors import NestpayError
    from nestpay.providers import registry

    settings = settings_for()
    with opened(settings):
        registry.switch_on(settings)
        user_id = _user_id(email) if email else None
        try:
            found = billing_reconcile.run(since=_instant(since), user_id=user_id, dry_run=dry_run)
        except NestpayError as error:
            raise stop(str(error)) from None
    for drift in found:
        say(f"{drift.kind:<22} {drift.subject}  {drift.detail}")
    what = "would be mended" if dry_run else "mended"
    say(f"{len(found)} differences {what}." if found else "No difference: we and the providers agree.")


def make_prices() -> None:
    """Make the prices at their provider that it does not know yet."""
    from nestpay.billing import catalog
    from nestpay.domain.errors import NestpayError
    from nestpay.providers import registry

    settings = settings_for()
    with opened(settings):
        registry.switch_on(settings)
        try:
            made = catalog.provision_prices()
        except NestpayError as error:
            raise stop(str(error)) from None
    say(f"{made} prices made." if made else "Every price is known at its provider already.")


def simulate(*, days: float, hours: float, to: str) -> None:
    """Move the sandbox's clock and with it billing's, as far as asked; the sandbox does what is due on the way."""
    settings = settings_for()
    if settings.mode != "sandbox":
        raise stop("Only the sandbox's time can be moved: MODE=sandbox.")
    wish = {"to": to} if to else {"advance": timedelta(days=days, hours=hours).total_seconds()}
    address = f"{settings.stripe_base.removesuffix('/stripe')}/clock"
    try:
        answer = httpx.post(address, json=wish, timeout=_SECONDS_FOR_A_LONG_MOVE, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise stop(f"The sandbox did not move its clock: {error}. Does nestpay run at {settings.site_url}?") from None
    moved = answer.json()
    for happened in moved.get("fired", []):
        say(f"  {happened['at']}  {happened['action']} {happened['object']}: {', '.join(happened['events'])}")
    say(f"It is now {moved['now']} in the sandbox.")


def add_server_key(name: str) -> None:
    """Make a key for one of the operator's own servers, and show it this once."""
    from nestpay.billing import api_keys
    from nestpay.domain.errors import Refused

    with opened(settings_for()):
        try:
            made = api_keys.create_for_server(name)
        except Refused as refusal:
            raise stop(str(refusal)) from None
    say(made.key)
    say(f"Keep it now, it is not shown again. Its id is {made.view.id}; it may do everything for any user.")


def list_server_keys() -> None:
    """One line for each server's key that was not revoked."""
    from nestpay.billing import api_keys

    with opened(settings_for()):
        found = api_keys.keys_of(None)
    for key in found:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        say(f"{key.id}  {key.prefix}…  {key.name}  made {key.created_at:%Y-%m-%d}, last used {used}")


def revoke_server_key(key_id: str) -> None:
    """End a server's key."""
    from nestpay.billing import api_keys
    from nestpay.domain.errors import NotFound

    with opened(settings_for()):
        try:
            api_keys.revoke(None, key_id)
        except NotFound:
            raise stop(f"There is no server's key {key_id}.") from None
    say("It opens nothing any more.")


def _user_id(email: str) -> str:
    from nestpay.store import users
    from nestpay.store.session import reading

    with reading() as session:
        user = users.by_email(session, email.strip().lower())
    if user is None:
        raise stop(f"Nobody here has the address {email}.")
    return user.id


def as_far_as_remembered() -> str:
    """The date up to which providers still list events: Stripe remembers thirty days."""
    return (datetime.now(UTC) - timedelta(days=30)).isoformat()


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise stop(f"{text!r} is no date: write 2026-11-01 or 2026-11-01T12:00:00+00:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
