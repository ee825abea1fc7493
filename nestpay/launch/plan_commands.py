"""Plans as code from a terminal: say what differs, write the file, make the file true after a question."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nestpay.billing.plan_files import Comparison, PlanDifference
from nestpay.launch.progress import say, stop
from nestpay.launch.start import opened, settings_for


def pull(path: str) -> None:
    """Write the plans of this house to a file, or to the terminal for `-`."""
    from nestpay.billing import plan_files

    with _house():
        text = plan_files.written()
    if path == "-":
        return say(text.rstrip())
    Path(path).write_text(text, encoding="utf-8")
    say(f"{path} holds the plans of this house now.")


def diff(path: str) -> None:
    """Say what a file would change; ends with status 1 when that is anything."""
    from nestpay.billing import plan_files

    with _house():
        found = plan_files.compare(_text(path))
    _tell(found)
    if found.differences:
        raise SystemExit(1)


def push(path: str, *, dry_run: bool, agreed: bool, ask: Callable[[str], bool]) -> None:
    """Make the plans of this house as a file has them: first what would change, then the question, then the change."""
    from nestpay.billing import plan_files

    with _house():
        found = plan_files.compare(_text(path))
        _tell(found)
        if dry_run or not found.differences:
            return
        if not agreed and not ask("Make these changes?"):
            raise stop("Nothing was changed.")
        for difference in found.differences:
            saved = plan_files.push(difference, by="cli")
            say(f"{difference.key}: saved")
            if saved.unmade:
                say(
                    f"{difference.key}: {saved.unmade} prices are not at their provider yet: python -m nestpay provision"
                )


@contextmanager
def _house() -> Iterator[None]:
    from nestpay.domain.errors import NestpayError
    from nestpay.providers import registry

    settings = settings_for()
    with opened(settings):
        registry.switch_on(settings)
        try:
            yield
        except NestpayError as error:
            raise stop(str(error)) from None


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise stop(f"{path} cannot be read: {error.strerror}") from None


def _tell(found: Comparison) -> None:
    for difference in found.differences:
        say(f"{'+' if not difference.plan_id else '~'} {difference.key}")
        for change in difference.changes:
            say(f"    {change.where}: {change.before or '–'} -> {change.after or '–'}")
        _tell_of_holders(difference)
    for key in found.only_here:
        say(f"  {key} is not in the file and stays as it is.")
    if not found.differences:
        say("No difference: the house has the plans of the file.")


def _tell_of_holders(difference: PlanDifference) -> None:
    means = difference.consequences
    if means.subscribers and means.are_worth_a_word:
        say(f"    {means.subscribers} people subscribe to it.")
    for price in means.old_prices:
        what = "is replaced by a new price" if price.new_amount_minor is not None else "is not sold any more"
        say(f"    the {price.interval} price {what}; {price.holders} people go on paying the old one.")
