"""A real SMTP server that keeps what it is sent."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.infra.ports import free_port


class Mailbox:
    """Listens on `host` and `port` (plain SMTP, no sign-in); `messages` holds what arrived, oldest first."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.host, self.port = "127.0.0.1", free_port()
        self._controller = Controller(self, hostname=self.host, port=self.port)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Called by aiosmtpd for each message."""
        self.messages.append(message_from_bytes(envelope.content, EmailMessage, policy=policy.default))
        return "250 kept"

    def start(self) -> None:
        """Begin to listen."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()
