"""Every test that the guide to testing names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/9_testing.md").read_text()


def test_every_test_that_the_guide_names_exists() -> None:
    written = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    known = set(re.findall(r"def (test_\w+)\(", written))
    named = set(re.findall(r"`(test_\w+)`", GUIDE))
    assert len(named) > 40
    assert named - known == set()
