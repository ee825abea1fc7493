"""Mails that wait are sent once each, through a real SMTP server, and what fails is tried again and seen."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlmodel import col, select

from nestpay.billing import accounts, outbox, throttle
from nestpay.domain.letters import Letter
from nestpay.settings import reset_settings
from nestpay.store import emails
from nestpay.store.session import reading, transaction
from nestpay.store.tables import EmailRow
from tests.infra.mail import Mailbox
from tests.infra.ports import free_port

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _mail_leaves_by_smtp(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    throttle.forget_everything()
    monkeypatch.setenv("SMTP_HOST", mailbox.host)
    monkeypatch.setenv("SMTP_PORT", str(mailbox.port))
    monkeypatch.setenv("SMTP_STARTTLS", "false")
    reset_settings()
    yield
    reset_settings()


def letter(key: str, **changes: object) -> Letter:
    return Letter(**{"dedupe_key": key, "recipient": "ada@example.com", "template": "welcome", "context": {"credits": 0}} | changes)  # pyright: ignore[reportArgumentType]  # fmt: skip


def queue_up(*letters: Letter) -> None:
    with transaction() as session:
        emails.enqueue(session, letters, datetime.now(UTC))


def mails() -> list[EmailRow]:
    with reading() as session:
        return list(session.exec(select(EmailRow).order_by(col(EmailRow.id))))


def break_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PORT", str(free_port()))
    reset_settings()


def test_a_mail_is_written_out_in_its_language_sent_and_marked(mailbox: Mailbox) -> None:
    accounts.sign_up("ada@example.com", "a long enough one", locale="fr")
    assert outbox.deliver_waiting() == 1
    (message,) = mailbox.messages
    assert message["To"] == "ada@example.com"
    assert message["Subject"] == "Confirmez votre adresse e-mail"
    text = message.get_body(("plain",))
    link = accounts.sandbox_mail_link("ada@example.com", "verify")
    assert text is not None
    assert link is not None
    assert link in text.get_content()
    (row,) = mails()
    assert (row.status, row.attempts, row.error) == ("sent", 1, "")
    assert row.sent_at is not None


def test_the_link_in_the_mail_proves_the_address(mailbox: Mailbox) -> None:
    accounts.sign_up("ada@example.com", "a long enough one")
    outbox.deliver_waiting()
    text = mailbox.messages[0].get_body(("plain",))
    assert text is not None
    token = text.get_content().split("token=")[1].split()[0]
    assert accounts.verify_email(token).email_verified


def test_one_cause_sends_one_mail(mailbox: Mailbox) -> None:
    queue_up(letter("a"), letter("b"), letter("a"))
    queue_up(letter("a"), letter("c"))
    queue_up()
    assert outbox.deliver_waiting() == 3
    queue_up(letter("a"))
    assert outbox.deliver_waiting() == 0
    assert len(mailbox.messages) == 3


def test_many_workers_send_each_mail_once(mailbox: Mailbox) -> None:
    queue_up(*(letter(str(number), recipient=f"person{number}@example.com") for number in range(60)))
    with ThreadPoolExecutor(4) as threads:
        sent = sum(threads.map(lambda _: outbox.deliver_waiting(), range(4)))
    assert sent == 60
    assert len({message["To"] for message in mailbox.messages}) == len(mailbox.messages) == 60


def test_no_more_are_sent_than_asked_for() -> None:
    queue_up(*(letter(str(number)) for number in range(30)))
    assert outbox.deliver_waiting(limit=25) == 25
    assert outbox.deliver_waiting() == 5


def test_a_mail_that_fails_is_tried_again_later_and_its_reason_is_seen(
    monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    queue_up(letter("a"))
    break_the_server(monkeypatch)
    assert outbox.deliver_waiting() == 0
    (row,) = mails()
    assert (row.status, row.attempts) == ("failed", 1)
    assert "ConnectionRefusedError" in row.error
    monkeypatch.setenv("SMTP_PORT", str(mailbox.port))
    reset_settings()
    assert outbox.deliver_waiting() == 0
    clock.shift(61)
    assert outbox.deliver_waiting() == 1
    assert [(row.status, row.attempts, row.error) for row in mails()] == [("sent", 2, "")]


def test_after_eight_tries_a_mail_is_given_up(monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller) -> None:
    queue_up(letter("a"))
    break_the_server(monkeypatch)
    for _ in range(10):
        outbox.deliver_waiting()
        clock.shift(timedelta(days=1))
    assert [(row.status, row.attempts) for row in mails()] == [("dead", 8)]


def test_a_mail_that_cannot_be_written_out_is_given_up_and_stops_no_other(mailbox: Mailbox) -> None:
    queue_up(
        letter("no such template", template="nonsense"),
        letter("values are missing", template="purchase_confirmation", context={}),
        letter("a bad amount", template="welcome", context={"credits": "many"}),
        letter("no token", template="verify_email", context={}),
        letter("no address", recipient="ada"),
        letter("good"),
    )
    assert outbox.deliver_waiting() == 1
    assert {row.dedupe_key for row in mails() if row.status == "sent"} == {"good"}
    assert all(row.status == "dead" and row.error for row in mails() if row.dedupe_key != "good")
    assert len(mailbox.messages) == 1


def test_a_recipient_whom_the_server_refuses_for_good_is_not_tried_again(mailbox: Mailbox) -> None:
    async def refuse(_server: object, _session: object, _envelope: object, _address: str, _options: object) -> str:
        return "550 no such mailbox"

    mailbox.handle_RCPT = refuse  # pyright: ignore[reportAttributeAccessIssue]  aiosmtpd asks for it by name
    queue_up(letter("a"))
    assert outbox.deliver_waiting() == 0
    assert [(row.status, row.attempts, row.error) for row in mails()] == [("dead", 1, "550 no such mailbox")]


def test_a_link_that_has_run_out_is_not_sent(mailbox: Mailbox, clock: time_machine.Traveller) -> None:
    accounts.sign_up("ada@example.com", "a long enough one")
    accounts.request_password_reset("ada@example.com")
    clock.shift(timedelta(hours=2))
    assert outbox.deliver_waiting() == 1
    assert [(row.template, row.status) for row in mails()] == [("verify_email", "sent"), ("password_reset", "dead")]


def test_what_a_dead_worker_had_claimed_is_sent_when_its_lease_is_over(
    mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    queue_up(letter("a"))
    now = datetime.now(UTC)
    with transaction() as session:
        (claimed_by_the_dead,) = emails.claim(session, 10, now, now + timedelta(minutes=10))
    assert outbox.deliver_waiting() == 0
    clock.shift(timedelta(minutes=10, seconds=1))
    assert outbox.deliver_waiting() == 1
    with transaction() as session:
        assert not emails.mark_failed(session, claimed_by_the_dead, "too late to say", None)
    assert [(row.status, row.attempts) for row in mails()] == [("sent", 2)]


def test_the_newest_mail_of_a_kind_to_a_user_is_found() -> None:
    queue_up(letter("a", user_id="ada"), letter("b", user_id="eve"))
    queue_up(letter("c", user_id="ada"), letter("d", user_id="ada", template="password_reset"))
    with reading() as session:
        newest = emails.newest(session, "ada", "welcome")
        assert newest is not None
        assert newest.dedupe_key == "c"
        assert emails.newest(session, "nobody", "welcome") is None
