"""Nobody asks a provider for its name to decide what to do: capabilities say what each can."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "nestpay"
PROVIDERS = sorted(path.name for path in (PACKAGE / "providers").iterdir() if (path / "client.py").exists())


def questions(tree: ast.AST) -> Iterator[int]:
    """The lines that compare something with a provider's name."""
    for node in ast.walk(tree):
        found: list[ast.AST] = []
        if isinstance(node, ast.Compare):
            found = [part for side in (node.left, *node.comparators) for part in ast.walk(side)]
        elif isinstance(node, ast.MatchValue):
            found = [node.value]
        if any(isinstance(part, ast.Constant) and part.value in PROVIDERS for part in found):
            yield getattr(node, "lineno", 0)


def test_there_are_providers_to_look_for() -> None:
    assert PROVIDERS == ["creem", "stripe"]
    assert list(questions(ast.parse("if provider == 'stripe': pass"))) == [1]
    assert list(questions(ast.parse("x = name in ('creem', 'none')"))) == [1]


def test_no_provider_is_asked_for_its_name_outside_its_folder() -> None:
    own = [PACKAGE / "providers" / name for name in PROVIDERS] + [PACKAGE / "sandbox"]
    asked = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if not any(folder in path.parents for folder in own)
        for line in questions(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert asked == []
