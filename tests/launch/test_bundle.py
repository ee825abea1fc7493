"""The pages are built again exactly when something changed that is baked into them."""

from pathlib import Path

import pytest

from nestpay.launch import bundle
from nestpay.settings import reset_settings


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A build folder with a page in it."""
    monkeypatch.setenv("REFLEX_WEB_WORKDIR", str(tmp_path))
    (tmp_path / "build/client").mkdir(parents=True)
    (tmp_path / "build/client/index.html").write_text("<p>built</p>")
    return tmp_path


def test_the_same_sources_and_addresses_give_the_same_fingerprint() -> None:
    assert bundle.fingerprint("cards") == bundle.fingerprint("cards")


@pytest.mark.parametrize("name", ["SITE_URL", "PORT", "MODE", "PRICING_PATH"])
def test_another_address_needs_another_build(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = bundle.fingerprint("cards")
    monkeypatch.setenv(name, "something else")
    assert bundle.fingerprint("cards") != before


def test_an_edited_plan_needs_another_build() -> None:
    assert bundle.fingerprint("Pro $19") != bundle.fingerprint("Pro $29")


def test_a_changed_page_needs_another_build(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    before = bundle.fingerprint("cards", tmp_path)
    (tmp_path / "assets/logo.svg").write_text("<svg/>")
    assert bundle.fingerprint("cards", tmp_path) != before


def test_an_extension_and_each_change_in_it_needs_another_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "studio_of_the_bundle"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("EXTENSIONS", package.name)
    reset_settings()
    before = bundle.fingerprint("cards")
    (package / "pages.py").write_text("")
    assert bundle.fingerprint("cards") != before


def test_a_build_counts_only_with_its_own_stamp_and_its_pages(web: Path) -> None:
    assert not bundle.is_fresh("cards")
    (web / "nestpay.stamp").write_text(bundle.fingerprint("cards"))
    assert bundle.is_fresh("cards")
    assert not bundle.is_fresh("other cards")
    (web / "build/client/index.html").unlink()
    assert not bundle.is_fresh("cards")


def test_a_forgotten_build_is_made_again(web: Path) -> None:
    (web / "nestpay.stamp").write_text(bundle.fingerprint("cards"))
    bundle.forget()
    assert not bundle.is_fresh("cards")
