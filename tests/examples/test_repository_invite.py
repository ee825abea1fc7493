"""The example that invites buyers to a repository, against a host that answers on this machine."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine

from examples.repository_invite.invitation import RepositoryInvite
from nestpay import extend
from nestpay.billing import belongings, deliveries, extensions, mail_desk, outbox
from nestpay.domain.errors import NotFound
from nestpay.settings import reset_settings
from nestpay.store.tables import DeliveryRow, EmailRow, UserRow
from tests import builders
from tests.billing.test_deliveries import give_back, only, pay, sell
from tests.infra.mail import Mailbox
from tests.shop import Shop, shop, stripe_edge

__all__ = ["shop", "stripe_edge"]


class Host:
    """A code host: who is invited, by the id of the invitation; `is_down` makes it fail."""

    def __init__(self) -> None:
        self.invited: dict[str, str] = {}
        self.is_down = False
        self.tokens: set[str] = set()
        host = self

        class Answers(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

            def do_PUT(self) -> None:
                wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                key = self.path.rpartition("/")[2]
                host.tokens.add(self.headers["Authorization"])
                if not host.is_down:
                    host.invited.setdefault(key, wish["email"])
                body = json.dumps({"html_url": "https://code.example/acme/private"}).encode()
                self._answer(503 if host.is_down else 200, body)

            def do_DELETE(self) -> None:
                self._answer(204 if host.invited.pop(self.path.rpartition("/")[2], None) else 404, b"")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXTENSIONS", "examples.repository_invite")
    reset_settings()
    extensions.load()


@pytest.fixture
def host(loaded: None) -> Iterator[Host]:
    made = Host()
    api = f"http://127.0.0.1:{made.server.server_port}"
    deliveries.register(RepositoryInvite("acme/private", token="a token", api=api))
    yield made
    deliveries.forget("repository_invite")
    made.server.shutdown()
    made.server.server_close()


def test_a_buyer_is_invited_once_the_host_answers_and_uninvited_with_the_refund(
    shop: Shop, host: Host, clock: time_machine.Traveller
) -> None:
    host.is_down = True
    pay(shop, sell(shop, "repository_invite"))
    deliveries.run_due()
    assert (only().state, host.invited) == ("pending", {})
    assert "503" in only().error
    host.is_down = False
    clock.shift(timedelta(minutes=2))
    deliveries.run_due()
    assert list(host.invited.values()) == ["ada@example.com"]
    assert host.tokens == {"Bearer a token"}
    (mine,) = belongings.of_user(shop.user_id)
    assert (mine.handed[0].url, mine.handed[0].text) == ("https://code.example/acme/private", "acme/private")
    give_back()
    deliveries.run_due()
    assert (only().state, host.invited) == ("revoked", {})
    (mine,) = belongings.of_user(shop.user_id)
    assert (mine.handed[0].url, mine.handed[0].text) == ("", "")


@pytest.fixture
def mail_leaves_by_smtp(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("HOST", mailbox.host), ("PORT", str(mailbox.port)), ("STARTTLS", "false")):
        monkeypatch.setenv(f"SMTP_{name}", value)
    reset_settings()


@pytest.mark.usefixtures("host", "mail_leaves_by_smtp")
def test_the_buyer_gets_the_examples_own_mail_once_and_in_their_language(shop: Shop, mailbox: Mailbox) -> None:
    builders.set_columns(UserRow, "id", shop.user_id, locale="fr")
    pay(shop, sell(shop, "repository_invite"))
    deliveries.run_due()
    (parcel,) = builders.rows_of(DeliveryRow)
    there = {"repository": "acme/private", "url": "https://code.example/acme/private"}
    extend.mail("repository_invite.invited", shop.user_id, key=parcel.id, **there)
    outbox.deliver_waiting()
    (message,) = [each for each in mailbox.messages if each["Subject"] == "Vous êtes invité dans acme/private"]
    assert message["To"] == "ada@example.com"
    bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
    plain, html = (body.get_content() if body else "" for body in bodies)
    assert "Dépôt : acme/private" in plain
    assert "https://code.example/acme/private" in plain
    assert 'href="https://code.example/acme/private"' in html
    (shown,) = mail_desk.mails(mail_desk.wanted(template="repository_invite.invited")).rows
    assert (shown.status, mail_desk.read(shown.id, "zh").subject) == ("sent", "邀请您加入 acme/private")


@pytest.mark.usefixtures("loaded")
def test_what_a_mail_is_filled_with_runs_nothing_and_what_it_lacks_queues_nothing(shop: Shop) -> None:
    evil = "<script>alert(1)</script>{name.__class__}"
    extend.mail("repository_invite.invited", shop.user_id, key="evil", repository=evil, url="javascript:alert(1)")
    (mail,) = builders.rows_of(EmailRow, template="repository_invite.invited")
    seen = mail_desk.read(mail.id)
    assert "<script" not in seen.html
    assert "javascript:" not in seen.html
    assert "{name.__class__}" in seen.text
    for template, values in (("repository_invite.invited", {}), ("repository_invite.other", {}), ("lab.x", {})):
        with pytest.raises(ValueError, match=template.replace(".", "[.]")):
            extend.mail(template, shop.user_id, key="k", **values)
    with pytest.raises(NotFound):
        extend.mail("repository_invite.invited", "nobody", key="k", repository="acme/private")
    assert len(builders.rows_of(EmailRow, template="repository_invite.invited")) == 1
