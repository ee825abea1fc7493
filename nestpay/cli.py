"""`python -m nestpay …`: what an operator or a developer does from a terminal. Each command imports what it needs."""

from typing import Annotated

import typer

cli = typer.Typer(
    help="nestpay, the payments layer of a SaaS.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
admin = typer.Typer(help="People who may administrate.", no_args_is_help=True)
audit = typer.Typer(help="Proofs that nobody changed the books.", no_args_is_help=True)
apikey = typer.Typer(help="Keys with which your own servers call the API.", no_args_is_help=True)
plans = typer.Typer(help="Plans as code: a TOML file beside what is sold.", no_args_is_help=True)
cli.add_typer(admin, name="admin")
cli.add_typer(apikey, name="apikey")
cli.add_typer(audit, name="audit")
cli.add_typer(plans, name="plans")

Port = Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="The one port of pages, API and sandbox.")]


@cli.command()
def run(
    port: Port = 8000,
    reload: Annotated[bool, typer.Option("--reload", help="Build and start again at every change.")] = False,
    build: Annotated[bool, typer.Option(help="Build the pages when they are out of date.")] = True,
    processes: Annotated[
        int, typer.Option(min=1, help="Web processes; more than one needs DATABASE_URL and REDIS_URL.")
    ] = 1,
    app: Annotated[str, typer.Option(help="A FastAPI app with nestpay in it, to be served instead: app:app.")] = "",
) -> None:
    """Get everything ready and serve it.

    Migrates, seeds, builds the pages when they are out of date, and serves all on one port until Ctrl-C. In the folder
    of another Reflex app, into which nestpay is mounted, that app is built and served.
    """
    from nestpay.launch.start import start

    start(port, reload=reload, build=build, processes=processes, app=app)


@cli.command()
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say whether the migrations match the tables.")] = False,
) -> None:
    """Bring the database to the newest schema."""
    from nestpay.launch import schema
    from nestpay.launch.progress import say, step, stop
    from nestpay.launch.start import settings_for

    if check:
        if difference := schema.difference_on_an_empty_database():
            raise stop(difference)
        return say("The migrations make exactly the tables that the code describes.")
    with step("migrate"):
        schema.migrate(settings_for().database)


@cli.command()
def seed() -> None:
    """Put in the default plans.

    In sandbox mode the demo accounts too. Doing it twice changes nothing.
    """
    from nestpay.launch.progress import step
    from nestpay.launch.start import fill, settings_for

    with step("seed"):
        fill(settings_for())


@cli.command()
def provision() -> None:
    """Make the prices at the provider that it does not know yet.

    For plans that have no price id: products and prices are made there, and their ids are kept. Doing it twice makes
    nothing new.
    """
    from nestpay.launch.upkeep import make_prices

    make_prices()


@cli.command()
def worker(
    threads: Annotated[int, typer.Option(min=1, help="Jobs that run at the same time.")] = 4,
) -> None:
    """Work on queued jobs until Ctrl-C.

    Needed beside the web processes as soon as there are several of them; a single one works by itself.
    """
    from nestpay.launch.start import work

    work(threads)


@cli.command()
def doctor(
    email: Annotated[str, typer.Option(help="Only this person's account.")] = "",
) -> None:
    """Recompute the credit ledger.

    Compares balances, lots, lineage and the chain of hashes of every account, and names the first row that is wrong.
    """
    from nestpay.launch.upkeep import examine_ledger

    examine_ledger(email)


@cli.command()
def reconcile(
    user: Annotated[str, typer.Option(help="Only what belongs to this e-mail address.")] = "",
    since: Annotated[str, typer.Option(help="Look at events since this date (UTC); default: the last look.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be mended.")] = False,
) -> None:
    """Find and mend what we missed at the providers.

    Events that never came, orders that were paid, subscriptions that changed or that we do not know.
    """
    from nestpay.launch import upkeep

    upkeep.reconcile(email=user, since=since, dry_run=dry_run)


@cli.command()
def sync(
    user: Annotated[str, typer.Option(help="Only this e-mail address.")] = "",
    since: Annotated[str, typer.Option(help="Since this date (UTC).")] = "",
    everything: Annotated[bool, typer.Option("--all", help="As far back as the providers remember.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be mended.")] = False,
) -> None:
    """Read everything from the providers again: reconcile, as far back as asked."""
    from nestpay.launch import upkeep

    upkeep.reconcile(email=user, since=upkeep.as_far_as_remembered() if everything else since, dry_run=dry_run)


@cli.command()
def simulate(
    days: Annotated[float, typer.Option(help="Days to move on.")] = 0,
    hours: Annotated[float, typer.Option(help="Hours to move on.")] = 0,
    to: Annotated[str, typer.Option(help="Move to this date (UTC).")] = "",
) -> None:
    """Move the sandbox's time, and billing's with it.

    Renewals, failing payments, trials and drips on the way happen, each at its own instant.
    """
    from nestpay.launch import upkeep

    upkeep.simulate(days=days, hours=hours, to=to)


@cli.command()
def replay(
    event: Annotated[str, typer.Argument(help="One event, by its id at the provider; without it all that fit.")] = "",
    status: Annotated[str, typer.Option(help="Only events that are so: failed, dead, done …")] = "trouble",
    type: Annotated[str, typer.Option(help="Only types that begin so: invoice.")] = "",
    since: Annotated[str, typer.Option(help="Received on this day or later: 2027-02-01 (UTC).")] = "",
    until: Annotated[str, typer.Option(help="Received on this day or earlier.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Apply events again.

    One event: with what its provider says now, after showing row by row what would change. Many: as they were
    delivered, those in trouble by default. What an event did before is not done twice.
    """
    from nestpay.launch import replays

    if event:
        replays.one(event, dry_run=dry_run)
    else:
        replays.many(status=status, type=type, first=since, last=until, dry_run=dry_run)


@audit.command("verify")
def audit_verify() -> None:
    """Verify the chain of hashes over every account's credit log, and all sums."""
    from nestpay.launch.upkeep import examine_ledger

    examine_ledger("")


@admin.command("add")
def admin_add(
    email: Annotated[str, typer.Argument(help="The e-mail address that this person signs in with.")],
    password: Annotated[
        str, typer.Option(envvar="ADMIN_PASSWORD", help="For a new account; without it you are asked.")
    ] = "",
) -> None:
    """Make somebody an admin.

    Somebody without an account gets one.
    """
    from nestpay.launch.start import add_admin

    add_admin(email, password, ask=lambda: typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@apikey.command("add")
def apikey_add(
    server: Annotated[str, typer.Option(help="What the server is called: you recognise the key by it.")],
) -> None:
    """Make a key that may do everything for any user.

    It is shown once. Customers make keys of their own, for themselves, in their settings.
    """
    from nestpay.launch.upkeep import add_server_key

    add_server_key(server)


@apikey.command("list")
def apikey_list() -> None:
    """List the servers' keys, by their beginnings."""
    from nestpay.launch.upkeep import list_server_keys

    list_server_keys()


@apikey.command("revoke")
def apikey_revoke(key_id: Annotated[str, typer.Argument(help="The id that `apikey list` shows.")]) -> None:
    """End a server's key at once."""
    from nestpay.launch.upkeep import revoke_server_key

    revoke_server_key(key_id)


PlansFile = Annotated[str, typer.Argument(help="A TOML file in the format of nestpay/billing/catalogues.")]


@plans.command("pull")
def plans_pull(
    path: Annotated[str, typer.Argument(help="The file to write; - for the terminal.")] = "plans.toml",
) -> None:
    """Write the plans of this house to a file."""
    from nestpay.launch import plan_commands

    plan_commands.pull(path)


@plans.command("diff")
def plans_diff(path: PlansFile = "plans.toml") -> None:
    """Say what a file would change here, and for whom.

    Ends with status 1 when there is a difference.
    """
    from nestpay.launch import plan_commands

    plan_commands.diff(path)


@plans.command("push")
def plans_push(
    path: PlansFile = "plans.toml",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make the plans as a file has them.

    Says first what would change and asks. Plans that the file leaves out stay as they are; a sold price is replaced,
    never changed.
    """
    from nestpay.launch import plan_commands

    plan_commands.push(path, dry_run=dry_run, agreed=yes, ask=lambda question: typer.confirm(question))
