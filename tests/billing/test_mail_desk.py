"""The outbox as its watch sees it: what a mail says, that it runs nothing, and a second sending."""

import pytest
import time_machine

from nestpay.billing import links, mail_desk
from nestpay.billing.clock import real_now
from nestpay.billing.mail_desk import MailFilter
from nestpay.domain.errors import LinkExpired, NotFound, Unreadable
from nestpay.domain.letters import Letter
from nestpay.mail.messages import TEMPLATES
from nestpay.store import emails, users
from nestpay.store.session import transaction
from nestpay.store.tables import AuditRow, EmailRow
from tests import builders
from tests.shop import Shop

EVIL = "<script>alert(1)</script>"
RECEIPT = {
    "name": EVIL,
    "plan": "Pro",
    "order_number": "NP-1",
    "currency": "usd",
    "subtotal": 1900,
    "discount": 0,
    "tax": 0,
    "total": 1900,
    "credits": 0,
}


def queue(key: str = "k", template: str = "purchase_confirmation", **fields: object) -> EmailRow:
    letter = Letter(
        **{  # pyright: ignore[reportArgumentType]
            "dedupe_key": key,
            "recipient": "ada@example.com",
            "template": template,
            "context": RECEIPT,
            **fields,
        }
    )
    with transaction() as session:
        emails.enqueue(session, [letter], real_now())
    (row,) = builders.rows_of(EmailRow, dedupe_key=key)
    return row


def found(**wanted: str) -> list[str]:
    return [mail.id for mail in mail_desk.mails(mail_desk.wanted(**wanted)).rows]


def test_mails_are_found_by_status_template_and_address(shop: Shop) -> None:
    first, second = queue("a"), queue("b", "welcome", recipient="bob@example.com", context={"credits": 5})
    with transaction() as session:
        session.connection().exec_driver_sql("update emails set status = 'dead' where dedupe_key = 'b'")
    assert found() == [second.id, first.id]
    assert found(status="trouble") == found(status="dead") == found(template="welcome") == [second.id]
    assert found(recipient=" Ada@Example.com ") == [first.id]
    page = mail_desk.mails(MailFilter(), limit=1)
    assert [mail.id for mail in mail_desk.mails(MailFilter(), after=page.next, limit=1).rows] == [first.id]


@pytest.mark.usefixtures("sqlite_database")
def test_a_filter_that_makes_no_sense_is_refused() -> None:
    for wrong in ({"status": "lost"}, {"template": "love_letter"}):
        with pytest.raises(Unreadable):
            mail_desk.wanted(**wrong)
    with pytest.raises(NotFound):
        mail_desk.mails(MailFilter(), after="made up")


def test_a_mail_reads_in_each_language_and_its_values_run_nothing(shop: Shop) -> None:
    mail = queue()
    seen = {locale: mail_desk.read(mail.id, locale) for locale in ("en", "zh", "fr")}
    assert len({reading.subject for reading in seen.values()}) == 3
    for reading in seen.values():
        assert EVIL not in reading.html
        assert "&lt;script&gt;" in reading.html
        assert "NP-1" in reading.text
    assert mail_desk.read(mail.id, "xx").locale == "en"


@pytest.mark.usefixtures("sqlite_database")
@pytest.mark.parametrize("template", TEMPLATES)
def test_no_templates_values_become_markup(template: str) -> None:
    context = {
        **dict.fromkeys(
            "name plan previous_plan order_number customer reason status event event_type product owner feature".split(),
            EVIL,
        ),
        **dict.fromkeys("subtotal discount tax total amount refunded disputed credits left needed seats".split(), 1),
        **dict.fromkeys(
            "next_date next_try trial_end ends_on changed_at good_until".split(), "2099-01-01T00:00:00+00:00"
        ),
        "currency": "usd",
        "interval": "month",
        "unpaid": False,
        "token_id": "t",
        "quantity": 2,
        "is_refunded": True,
        "url": f"javascript:{EVIL}",
    }
    reading = mail_desk.read(queue("x", template, context=context).id)
    assert "<script" not in reading.html.lower()
    assert "javascript:" not in reading.html.lower()


def test_a_preview_opens_no_account(shop: Shop) -> None:
    with transaction() as session:
        user = users.by_id(session, shop.user_id)
        assert user
        emails.enqueue(session, [links.letter_with_link(session, user, "reset", real_now())], real_now())
    (mail,) = builders.rows_of(EmailRow, template="password_reset")
    real = links.path_in(mail)
    assert real
    seen = mail_desk.read(mail.id)
    token = real.partition("token=")[2]
    assert token not in seen.html + seen.text
    assert "/reset-password?token=" in seen.text


def test_what_cannot_be_written_out_says_why(shop: Shop) -> None:
    mail = queue("bad", "plan_changed", context={})
    assert "plan_changed" in mail_desk.read(mail.id).trouble


def test_sending_again_is_a_new_mail_once_a_minute_and_is_written_down(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    mail = queue()
    for _ in range(2):
        mail_desk.resend(mail.id, by="root", ip="10.0.0.1")
    assert builders.counts(EmailRow) == (2,)
    clock.shift(61)
    mail_desk.resend(mail.id, by="root")
    assert builders.counts(EmailRow) == (3,)
    lines = builders.rows_of(AuditRow, action="email.resend")
    assert {(line.actor_id, line.subject) for line in lines} == {("root", f"email:{mail.id}")}


def test_a_link_that_has_run_out_is_not_sent_again(shop: Shop) -> None:
    mail = queue("old", context={**RECEIPT, "good_until": "2020-01-01T00:00:00+00:00"})
    with pytest.raises(LinkExpired):
        mail_desk.resend(mail.id, by="root")
    with pytest.raises(NotFound):
        mail_desk.resend("nothing", by="root")
