"""The order in which a program starts: settings, port, schema, seed, bundle, server; and what it says at the end."""

import time

from nestpay.launch import bundle, schema, server
from nestpay.launch.machine import is_sandbox, prepare_environment
from nestpay.launch.progress import say, step, stop
from nestpay.settings import LOCALES, Settings, get_settings

WELCOME = """
  {line}
  nestpay is running:      {url}
  {line}
  sign in as a customer:   customer@example.com   password {password}
  or as an admin:          admin@example.com      password {password}

  what to try:
    {url}{pricing}    choose a plan or a credit pack
    4242 4242 4242 4242    the test card that pays; buttons offer a decline and 3D Secure
    {url}/dashboard    plan, credits and orders, as they arrive
    {url}/dashboard/credit-usage-example    spend some
  No account anywhere, no real money. Ctrl-C ends everything.
"""


def settings_for(port: int | None = None) -> Settings:
    """The settings of this run, with the sandbox's secrets in place. Ends the program when they are dangerous."""
    prepare_environment(port)
    return get_settings()


def start(port: int, *, reload: bool, build: bool) -> None:
    """Do everything between a checkout and an answering port; returns when the server was asked to end."""
    began = time.monotonic()
    settings = settings_for(port)
    if not server.port_is_free(settings.host, port):
        raise stop(f"Port {port} is taken on {settings.host}: end the other program, or choose one: make run PORT=8137")
    say(f"nestpay, {settings.mode} mode")
    with step("migrate"):
        schema.migrate(settings.database)
    with step("seed"):
        cards = fill(settings)
    if reload:
        _announce(settings, began, ready=False)
        raise SystemExit(server.serve_with_reload(settings.host, port))
    wanted = bundle.fingerprint(cards)
    if build and not bundle.is_fresh(wanted):
        with step("build the pages"):
            bundle.build(wanted)
    serving = time.monotonic()

    def when_ready() -> None:
        say(f"  {'serve':<28} {time.monotonic() - serving:6.1f} s")
        _announce(settings, began, ready=True)

    try:
        server.serve(settings.host, port, when_ready=when_ready)
    except KeyboardInterrupt:
        say("  ended")


def fill(settings: Settings) -> str:
    """Put in the plans, and in sandbox mode the demo accounts. Returns the text of all plan cards."""
    from nestpay.billing import accounts, catalog
    from nestpay.store import session

    session.connect(settings.database)
    try:
        catalog.seed()
        if is_sandbox():
            accounts.seed_demo_accounts()
        return repr([catalog.public_catalogue(locale) for locale in LOCALES])
    finally:
        session.disconnect()


def add_admin(email: str, password: str) -> None:
    """Make this person an admin, with a new account when there is none."""
    from nestpay.billing import accounts
    from nestpay.domain.errors import NestpayError
    from nestpay.store import session

    settings = settings_for()
    schema.migrate(settings.database)
    session.connect(settings.database)
    try:
        accounts.add_admin(email, password)
    except NestpayError as error:
        raise stop(str(error)) from None
    finally:
        session.disconnect()
    say(f"{email} may administrate now.")


def work() -> None:
    """Run the queue's consumer in this process until it is told to end."""
    from nestpay import jobs
    from nestpay.store import session

    settings = settings_for()
    session.connect(settings.database)
    try:
        jobs.work()
    except KeyboardInterrupt:
        say("ended")
    finally:
        session.disconnect()


def _announce(settings: Settings, began: float, *, ready: bool) -> None:
    if settings.mode != "sandbox":
        return say(f"nestpay is running: {settings.site_url}  ({settings.mode} mode)")
    say(f"  {'ready' if ready else 'prepared'} after {time.monotonic() - began:.1f} s")
    password = settings.demo_password.get_secret_value()
    say(
        WELCOME.format(line="-" * 74, url=settings.site_url, pricing=settings.pricing_path, password=password).rstrip()
        + "\n"
    )
