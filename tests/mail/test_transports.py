"""Mails leave through a real SMTP server, encrypted unless the settings say otherwise, or onto the console."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest
from structlog.testing import capture_logs

from nestpay.mail.messages import render
from nestpay.mail.transports import NotSent, compose, transport
from nestpay.settings import reset_settings
from tests.infra.mail import Mailbox
from tests.infra.ports import free_port

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def mail(recipient: str = "ada@example.com") -> EmailMessage:
    message = render("verify_email", "zh", {"path": "/verify-email?token=secret-token"})
    return compose(message, recipient=recipient, mail_id="0190abc", now=NOON)


@pytest.fixture
def set_environment(monkeypatch: pytest.MonkeyPatch):
    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        reset_settings()

    return change


def test_a_mail_arrives_whole(mailbox: Mailbox, set_environment) -> None:
    set_environment(
        SMTP_HOST=mailbox.host,
        SMTP_PORT=str(mailbox.port),
        SMTP_STARTTLS="false",
        MAIL_FROM="Birdhouse & Söhne <hello@birdhouse.example>",
    )
    transport()(mail())
    (received,) = mailbox.messages
    assert received["From"] == "Birdhouse & Söhne <hello@birdhouse.example>"
    assert received["To"] == "ada@example.com"
    assert received["Subject"] == "请验证您的邮箱地址"
    assert received["Message-ID"] == "<0190abc@birdhouse.example>"
    assert received["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(received["Date"]) == NOON
    text, html = received.get_body(("plain",)), received.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "http://127.0.0.1:8000/zh/verify-email?token=secret-token" in text.get_content()
    assert "验证邮箱" in html.get_content()


def test_a_server_without_encryption_gets_nothing_unless_the_settings_allow_it(
    mailbox: Mailbox, set_environment
) -> None:
    set_environment(SMTP_HOST=mailbox.host, SMTP_PORT=str(mailbox.port))
    with pytest.raises(NotSent, match="STARTTLS") as failure:
        transport()(mail())
    assert not failure.value.is_final
    assert mailbox.messages == []


def test_a_password_that_the_server_does_not_ask_for_is_no_reason_to_give_up(mailbox: Mailbox, set_environment) -> None:
    set_environment(
        SMTP_HOST=mailbox.host, SMTP_PORT=str(mailbox.port), SMTP_STARTTLS="false", SMTP_USER="a", SMTP_PASSWORD="b"
    )
    with pytest.raises(NotSent) as failure:
        transport()(mail())
    assert not failure.value.is_final


def test_a_server_that_is_not_there_is_worth_another_try(set_environment) -> None:
    set_environment(SMTP_HOST="127.0.0.1", SMTP_PORT=str(free_port()))
    with pytest.raises(NotSent) as failure:
        transport()(mail())
    assert not failure.value.is_final


@pytest.mark.parametrize(("answer", "is_final"), [("550 no such mailbox", True), ("451 come back later", False)])
def test_a_refused_recipient_is_final_only_when_the_server_says_so(
    answer: str, is_final: bool, mailbox: Mailbox, set_environment
) -> None:
    async def refuse(*_: object) -> str:
        return answer

    mailbox.handle_RCPT = refuse  # pyright: ignore[reportAttributeAccessIssue]  aiosmtpd asks for it by name
    set_environment(SMTP_HOST=mailbox.host, SMTP_PORT=str(mailbox.port), SMTP_STARTTLS="false")
    with pytest.raises(NotSent, match=answer) as failure:
        transport()(mail())
    assert failure.value.is_final is is_final


def test_without_a_server_the_console_shows_the_mail_with_its_link() -> None:
    with capture_logs() as lines:
        transport()(mail())
    assert lines[0]["to"] == "ada@example.com"
    assert "token=secret-token" in lines[0]["text"]


def test_in_live_mode_no_link_reaches_a_log_and_the_mail_counts_as_not_sent(set_environment) -> None:
    set_environment(MODE="live", SITE_URL="https://pay.example", STRIPE_SECRET_KEY="sk_live_x")
    with capture_logs() as lines, pytest.raises(NotSent, match="SMTP_HOST"):
        transport()(mail())
    assert "secret-token" not in repr(lines)
