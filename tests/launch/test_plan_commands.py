"""Plans as code: nothing is written before it was shown and agreed to, and what is wrong is one plain sentence."""

from pathlib import Path

import pytest

from nestpay.billing import catalog
from nestpay.launch import plan_commands

Said = pytest.CaptureFixture[str]


@pytest.fixture
def file(sqlite_database: str, tmp_path: Path) -> Path:
    """The plans of a house with the starter's, as a file."""
    catalog.seed()
    path = tmp_path / "plans.toml"
    plan_commands.pull(str(path))
    return path


def rename(file: Path) -> None:
    file.write_text(file.read_text().replace('title = "Business"', 'title = "Biz"', 1))


def push(file: Path, *, dry_run: bool = False, agrees: bool = True) -> list[str]:
    """Push the file; gives what was asked."""
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return agrees

    plan_commands.push(str(file), dry_run=dry_run, agreed=False, ask=ask)
    return asked


def test_a_file_that_was_just_written_differs_in_nothing(file: Path, capsys: Said) -> None:
    plan_commands.diff(str(file))
    assert capsys.readouterr().out.endswith("No difference: the house has the plans of the file.\n")


def test_a_difference_is_said_and_ends_with_a_status(file: Path, capsys: Said) -> None:
    rename(file)
    with pytest.raises(SystemExit) as ended:
        plan_commands.diff(str(file))
    assert ended.value.code == 1
    assert "~ business\n    title: Business -> Biz\n" in capsys.readouterr().out


def test_nothing_is_written_by_a_dry_run_or_after_a_no(file: Path) -> None:
    rename(file)
    assert push(file, dry_run=True) == []
    with pytest.raises(SystemExit):
        push(file, agrees=False)
    with pytest.raises(SystemExit):
        plan_commands.diff(str(file))


def test_a_yes_makes_the_file_true(file: Path, capsys: Said) -> None:
    rename(file)
    assert push(file) == ["Make these changes?"]
    assert "business: saved" in capsys.readouterr().out
    assert push(file) == []


def test_a_new_plan_and_one_that_the_file_leaves_out_are_told_apart(file: Path, capsys: Said) -> None:
    file.write_text('[[plans]]\nkey = "team"\ntitle = "Team"\nprices = [{ interval = "month", amount = "49" }]\n')
    push(file, dry_run=True)
    told = capsys.readouterr().out
    assert "+ team" in told
    assert "business is not in the file and stays as it is." in told


@pytest.mark.parametrize("text", ["plans = [", '[[plans]]\nkey = "x"\ntitle = "X"\nbutton_link = "javascript:x"\n'])
def test_a_file_that_is_wrong_is_refused_in_one_sentence(file: Path, capsys: Said, text: str) -> None:
    file.write_text(text)
    with pytest.raises(SystemExit):
        push(file)
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_is_not_there_is_said_to_be_missing(file: Path, capsys: Said) -> None:
    with pytest.raises(SystemExit):
        plan_commands.diff(str(file.with_name("nowhere.toml")))
    assert "nowhere.toml cannot be read" in capsys.readouterr().err
