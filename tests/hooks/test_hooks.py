"""A name that leads into a private network is called by nobody, whatever it looks like."""

import socket

import pytest

from nestpay import hooks
from tests.billing.receiver import Receiver


@pytest.mark.parametrize("leads_to", ["10.0.0.7", "127.0.0.1", "fd00::1", "::ffff:192.168.0.1"])
def test_a_name_is_judged_by_where_it_leads_each_time_it_is_called(
    leads_to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when only one of its addresses is a private one."""
    found = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (leads_to, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    hooks.check_address("https://rebinding.example/x", public_only=True)
    with pytest.raises(hooks.Forbidden):
        hooks.post("https://rebinding.example/x", b"{}", {}, public_only=True)


def test_a_name_that_nobody_knows_is_not_reached() -> None:
    with pytest.raises(hooks.NotReached):
        hooks.post("http://no-such-host.invalid/x", b"{}", {}, public_only=False)


def test_a_name_is_called_by_its_address_and_still_told_its_name() -> None:
    receiver = Receiver()
    try:
        answer = hooks.post(receiver.url.replace("127.0.0.1", "localhost"), b"{}", {}, public_only=False)
    finally:
        receiver.stop()
    assert (answer.status, answer.text, answer.is_good) == (200, "taken", True)
    assert receiver.taken[0].headers["host"].startswith("localhost:")
