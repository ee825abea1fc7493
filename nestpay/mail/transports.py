"""How a mail leaves: through an SMTP server, or, as long as none is set, onto the console."""

import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import structlog

from nestpay.mail.messages import Message
from nestpay.settings import Settings, get_settings

Transport = Callable[[EmailMessage], None]
SMTP_TIMEOUT_SECONDS = 10.0
_IMPLICIT_TLS_PORT = 465
_PERMANENT = 500

log = structlog.get_logger(__name__)


class NotSent(Exception):
    """The mail did not leave. `is_final`: the server refused its recipient for good, so trying again would not help."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        self.is_final = is_final
        super().__init__(reason)


def compose(message: Message, *, recipient: str, mail_id: str, now: datetime) -> EmailMessage:
    """The message as it travels. Its Message-ID comes from `mail_id`, so that a mailbox can tell a mail sent twice."""
    name, address = parseaddr(get_settings().mail_from)
    envelope = EmailMessage()
    envelope["From"] = Address(display_name=name, addr_spec=address)
    envelope["To"] = Address(addr_spec=recipient)
    envelope["Subject"] = message.subject
    envelope["Date"] = format_datetime(now)
    envelope["Message-ID"] = f"<{mail_id}@{address.rpartition('@')[2]}>"
    envelope["Auto-Submitted"] = "auto-generated"
    envelope.set_content(message.text)
    envelope.add_alternative(message.html, subtype="html")
    return envelope


def transport() -> Transport:
    """The transport that the settings choose. What it returns raises NotSent."""
    settings = get_settings()
    return (lambda envelope: _by_smtp(settings, envelope)) if settings.smtp_host else _to_console


def _to_console(envelope: EmailMessage) -> None:
    """In live mode the text stays out of the log: its links open accounts."""
    if get_settings().mode == "live":
        log.error("mail not sent: SMTP_HOST is not set", to=envelope["To"], subject=envelope["Subject"])
        raise NotSent("SMTP_HOST is not set")
    text = envelope.get_body(("plain",))
    log.info("mail", to=envelope["To"], subject=envelope["Subject"], text=text.get_content() if text else "")


def _by_smtp(settings: Settings, envelope: EmailMessage) -> None:
    try:
        with _connection(settings) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(envelope)
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        raise NotSent(f"{code} {_text(reason)}", is_final=code >= _PERMANENT) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"{error.smtp_code} {_text(error.smtp_error)}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"{type(error).__name__}: {error}") from error


def _connection(settings: Settings) -> smtplib.SMTP:
    """A connection that is encrypted unless the settings say otherwise; a server cannot talk it out of that."""
    place = settings.smtp_host, settings.smtp_port
    if settings.smtp_port == _IMPLICIT_TLS_PORT:
        return smtplib.SMTP_SSL(*place, timeout=SMTP_TIMEOUT_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(*place, timeout=SMTP_TIMEOUT_SECONDS)
    if settings.smtp_starttls:
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _text(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else reason
