"""`.env.example` is the whole truth about what an operator may set."""

import re
from pathlib import Path

from pydantic import AliasChoices

from nestpay.settings import Settings

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"


def names_of(field: str) -> list[str]:
    """What a field is called in the environment: the name we advise first, then the ones we accept."""
    alias = Settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [str(alias or field).upper()]


def lines() -> dict[str, str]:
    """Each variable of the example with the comment above it."""
    found, comment = {}, ""
    for line in EXAMPLE.read_text().splitlines():
        if setting := re.match(r"#?([A-Z][A-Z0-9_]*)=", line):
            found[setting.group(1)] = comment
        comment = line.removeprefix("# ") if line.startswith("# ") else ""
    return found


def test_the_example_names_every_setting_and_nothing_else() -> None:
    assert set(lines()) == {names_of(field)[0] for field in Settings.model_fields}


def test_the_example_says_of_every_setting_what_it_does() -> None:
    assert [name for name, comment in lines().items() if not comment] == []


def test_the_example_names_the_other_spellings_that_are_accepted() -> None:
    text = EXAMPLE.read_text()
    others = [name for field in Settings.model_fields for name in names_of(field)[1:]]
    assert [name for name in others if name not in text] == []


def test_the_example_holds_no_secret() -> None:
    assert not re.search(r"=(?:sk|rk|whsec|creem)_\w{8,}", EXAMPLE.read_text())
