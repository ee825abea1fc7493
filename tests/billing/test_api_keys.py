"""API keys: shown once, kept as hashes, ended at once, and every step is in the audit log."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlmodel import col, update

from nestpay.billing import api_keys
from nestpay.billing.api_keys import CREDITS_READ, SCOPES, SERVER
from nestpay.domain.errors import NotAllowed, NotFound, Refused
from nestpay.store.session import transaction
from nestpay.store.tables import ApiKeyRow, AuditRow, UserRow
from tests import builders
from tests.shop import FIRST_OF_FEBRUARY, Shop

MINUTE = timedelta(minutes=1)


def test_a_key_opens_for_its_user_what_its_scopes_say(shop: Shop) -> None:
    made = api_keys.create(shop.user_id, " laptop\n", [CREDITS_READ])
    caller = api_keys.caller_of(made.key)
    assert caller is not None
    assert (caller.user_id, caller.may(CREDITS_READ), caller.may("credits:write")) == (shop.user_id, True, False)
    assert made.key.startswith("npk_")
    assert made.key.startswith(made.view.prefix)
    assert (made.view.name, made.view.scopes) == ("laptop", (CREDITS_READ,))


def test_the_key_itself_is_kept_nowhere(shop: Shop) -> None:
    made = api_keys.create(shop.user_id, "laptop", SCOPES)
    (row,) = builders.rows_of(ApiKeyRow)
    assert row.key_hash == hashlib.sha256(made.key.encode()).hexdigest()
    kept = [repr(row.model_dump()) for table in (ApiKeyRow, AuditRow) for row in builders.rows_of(table)]
    assert not [text for text in kept if made.key in text]


def test_a_revoked_key_opens_nothing_at_once_and_is_no_longer_listed(shop: Shop) -> None:
    first, second = (api_keys.create(shop.user_id, name, SCOPES) for name in ("one", "two"))
    assert api_keys.caller_of(first.key)
    api_keys.revoke(shop.user_id, first.view.id)
    assert (api_keys.caller_of(first.key), api_keys.remembered_caller(first.key)) == (None, None)
    assert api_keys.caller_of(second.key)
    assert [view.name for view in api_keys.keys_of(shop.user_id)] == ["two"]
    with pytest.raises(NotFound):
        api_keys.revoke(shop.user_id, first.view.id)


def test_nobody_revokes_anothers_key_nor_a_servers(shop: Shop) -> None:
    made, server = api_keys.create(shop.user_id, "laptop", SCOPES), api_keys.create_for_server("backend")
    bob = builders.add_user("bob")
    for user_id, view in ((bob, made.view), (bob, server.view), (None, made.view)):
        with pytest.raises(NotFound):
            api_keys.revoke(user_id, view.id)
    assert api_keys.caller_of(made.key)
    assert api_keys.caller_of(server.key)


def test_a_key_is_over_at_its_end_and_a_disabled_users_opens_nothing(shop: Shop, clock: time_machine.Traveller) -> None:
    short = api_keys.create(shop.user_id, "short", SCOPES, expires_at=FIRST_OF_FEBRUARY + 5 * MINUTE)
    long = api_keys.create(shop.user_id, "long", SCOPES)
    clock.shift(6 * MINUTE)
    assert api_keys.caller_of(short.key) is None
    with transaction() as session:
        session.execute(update(UserRow).where(col(UserRow.id) == shop.user_id).values(disabled_at=datetime.now(UTC)))
    assert api_keys.caller_of(long.key) is None


def test_when_a_key_was_used_is_noted_once_a_minute(shop: Shop, clock: time_machine.Traveller) -> None:
    made = api_keys.create(shop.user_id, "laptop", SCOPES)
    assert made.view.last_used_at is None
    seen = []
    for pause in (0, 10, 10, 60):
        clock.shift(pause)
        assert api_keys.caller_of(made.key)
        seen.append(api_keys.keys_of(shop.user_id)[0].last_used_at)
    assert seen[0] == seen[1] == seen[2] != seen[3]


def test_what_is_remembered_spares_the_database_for_two_seconds(shop: Shop, clock: time_machine.Traveller) -> None:
    made = api_keys.create(shop.user_id, "laptop", SCOPES)
    assert api_keys.remembered_caller(made.key) is None
    caller = api_keys.caller_of(made.key)
    assert api_keys.remembered_caller(made.key) == caller
    clock.shift(2)
    assert api_keys.remembered_caller(made.key) is None


@pytest.mark.parametrize("key", ["", "npk_", "npk_unknown", "sk_live_1", "npk_\x00", "npk_\ud800"])
def test_what_is_no_key_opens_nothing(shop: Shop, key: str) -> None:
    assert api_keys.caller_of(key) is None
    assert api_keys.remembered_caller(key) is None


@pytest.mark.parametrize(
    ("name", "scopes", "more"),
    [
        ("", SCOPES, {}),
        ("\n\t", SCOPES, {}),
        ("laptop", [], {}),
        ("laptop", ["everything"], {}),
        ("laptop", [SERVER], {}),
        ("laptop", [CREDITS_READ, SERVER], {}),
        ("laptop", SCOPES, {"expires_at": FIRST_OF_FEBRUARY}),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(shop: Shop, name: str, scopes: list[str], more: Any) -> None:
    with pytest.raises(Refused):
        api_keys.create(shop.user_id, name, scopes, **more)
    assert builders.counts(ApiKeyRow, AuditRow) == (0, 0)


def test_a_customer_keeps_twenty_keys_at_most(shop: Shop) -> None:
    for number in range(20):
        api_keys.create(shop.user_id, f"key {number}", SCOPES)
    with pytest.raises(Refused):
        api_keys.create(shop.user_id, "one more", SCOPES)
    api_keys.revoke(shop.user_id, api_keys.keys_of(shop.user_id)[0].id)
    api_keys.create(shop.user_id, "now it fits", SCOPES)


def test_a_server_key_acts_for_whom_it_names(shop: Shop) -> None:
    caller = api_keys.caller_of(api_keys.create_for_server("backend").key)
    assert caller is not None
    assert (caller.user_id, all(caller.may(scope) for scope in SCOPES)) == (None, True)
    assert api_keys.user_for(caller, shop.user_id) == api_keys.existing_user_for(caller, shop.user_id) == shop.user_id
    for unsaid in (None, ""):
        with pytest.raises(Refused):
            api_keys.user_for(caller, unsaid)
    with pytest.raises(NotFound):
        api_keys.existing_user_for(caller, "nobody")


def test_a_customers_key_acts_for_nobody_else(shop: Shop) -> None:
    caller = api_keys.caller_of(api_keys.create(shop.user_id, "laptop", SCOPES).key)
    assert caller is not None
    assert api_keys.user_for(caller, None) == api_keys.user_for(caller, shop.user_id) == shop.user_id
    with pytest.raises(NotAllowed):
        api_keys.user_for(caller, builders.add_user("bob"))


def test_every_step_is_in_the_audit_log(shop: Shop) -> None:
    made = api_keys.create(shop.user_id, "laptop", [CREDITS_READ], ip="203.0.113.9")
    api_keys.revoke(shop.user_id, made.view.id)
    api_keys.create_for_server("backend")
    steps = [(row.actor_id, row.action, row.ip) for row in builders.rows_of(AuditRow)]
    assert steps == [
        (shop.user_id, "api_key.create", "203.0.113.9"),
        (shop.user_id, "api_key.revoke", ""),
        ("cli", "api_key.create", ""),
    ]
