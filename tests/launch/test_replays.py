"""`python -m nestpay replay` as an operator meets it: what would change is said before it is done."""

from pathlib import Path

import pytest

from nestpay.launch import replays, schema
from nestpay.settings import reset_settings
from nestpay.store import session
from nestpay.store.tables import UsageRow
from tests import builders
from tests.billing.test_replay import now_known, purchase_of_a_stranger
from tests.launch.test_command_line import nestpay
from tests.shop import Shop, shop, stripe_edge

__all__ = ["shop", "stripe_edge"]


@pytest.fixture
def database(sqlite_database: str) -> str:
    """What differs between the databases is tested below the terminal."""
    return sqlite_database


@pytest.fixture
def terminal(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The settings name the shop's provider; the database stays this process's after a command."""
    monkeypatch.setenv("STRIPE_API_BASE", shop.edge.url)
    reset_settings()
    return shop


def again(database: str) -> None:
    """A command closes its database when it ends."""
    session.connect(database)


def balance() -> int:
    return sum(row.one_time_credits_balance for row in builders.rows_of(UsageRow))


def test_one_event_says_what_it_would_change_and_then_does_it(
    terminal: Shop, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    purchase_of_a_stranger(terminal)
    now_known(terminal)
    replays.one("evt_1", dry_run=True)
    again(database)
    shown = capsys.readouterr().out
    assert "new     orders 500 credits" in shown
    assert "one_time_credits_balance: 0 -> 500" in shown
    assert balance() == 0
    replays.one("cs_1", dry_run=False)
    again(database)
    assert "The event is done now." in capsys.readouterr().out
    assert balance() == 500


def test_many_are_counted_and_their_progress_is_said(
    terminal: Shop, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        purchase_of_a_stranger(terminal, number)
    wish = {"status": "trouble", "type": "checkout.", "first": "", "last": ""}
    replays.many(**wish, dry_run=True)
    again(database)
    assert capsys.readouterr().out.splitlines()[-1] == "2 events fit."
    assert balance() == 0
    now_known(terminal)
    replays.many(**wish, dry_run=False)
    again(database)
    assert "2 applied, 0 failed, of 2" in capsys.readouterr().out
    assert balance() == 1000


def test_what_cannot_be_replayed_is_said_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nestpay.sqlite'}"
    schema.migrate(url)
    for arguments, words in ((("evt_none",), "There is no event"), (("--since", "soon"), "soon")):
        ended = nestpay("replay", *arguments, DATABASE_URL=url, VAR_DIR=str(tmp_path))
        assert ended.returncode == 1
        assert words in ended.stderr
        assert "Traceback" not in ended.stderr
