"""The order in which a program starts: settings, port, schema, seed, bundle, server; and what it says at the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nestpay.launch import bundle, schema, server
from nestpay.launch.machine import is_a_hosts, is_sandbox, prepare_environment, tell_host
from nestpay.launch.progress import say, step, stop
from nestpay.settings import LOCALES, Settings, get_settings

WELCOME = """
  nestpay is running      {url}

  sign in                 customer@example.com or admin@example.com, password {password}
  buy something           {url}{pricing}
  pay                     card 4242 4242 4242 4242; buttons offer a decline and 3D Secure
  see it arrive           {url}/dashboard
  spend credits           {url}/dashboard/credit-usage-example

  Everything is pretended: no account anywhere, no real money. Ctrl-C ends it.
"""
HOSTS_WELCOME = """
  your app is running     {url}

  nestpay in it           {url}{place}
  pay                     card 4242 4242 4242 4242; buttons offer a decline and 3D Secure

  Everything is pretended: no account anywhere, no real money. Ctrl-C ends it.
"""


def settings_for(port: int | None = None) -> Settings:
    """The settings of this run, with the sandbox's secrets in place. Ends the program when they are dangerous."""
    prepare_environment(port)
    return get_settings()


def start(port: int, *, reload: bool, build: bool, processes: int = 1, app: str = "") -> None:
    """Do everything between a checkout and an answering port; returns when the server was asked to end.

    With `app`, an ASGI app as `module:name` into which nestpay is mounted, there are no pages to build.
    """
    began = time.monotonic()
    settings = settings_for(port)
    if is_a_hosts():
        tell_host(settings.site_url, settings.origin)
    if not server.port_is_free(settings.host, port):
        other = server.free_port_after(settings.host, port)
        raise stop(
            f"Port {port} is taken. End the program that uses it, or take another: --port {other} (PORT={other})"
        )
    say(f"nestpay, {settings.mode} mode")
    with step("migrate"):
        schema.migrate(settings.database)
    with step("seed"):
        cards = fill(settings)
    if reload and not app:
        bundle.forget()
        with bundle.lock_kept():
            status = server.serve_with_reload(settings.host, port, when_ready=lambda: _announce(settings, began))
        raise SystemExit(status)
    if build and not app and not bundle.is_fresh(cards):
        with step("build the pages"):
            bundle.build(cards)
    serving = time.monotonic()

    def when_ready() -> None:
        say(f"  {'serve':<28} {time.monotonic() - serving:6.1f} s")
        _announce(settings, began, app)

    try:
        server.serve(settings.host, port, when_ready=when_ready, processes=processes, app=app)
    except KeyboardInterrupt:
        say("  ended")


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """This run's database, open for a block, once it is sure that it belongs to this run's mode."""
    from nestpay.billing import extensions, house
    from nestpay.store import session

    session.connect(settings.database)
    extensions.load()
    try:
        house.claim_database()
        yield
    finally:
        session.disconnect()


def fill(settings: Settings) -> str:
    """Put in the plans, and in sandbox mode the demo accounts and content. Returns all that is baked into the pages."""
    from nestpay.billing import accounts, catalog, content, sample_content

    with opened(settings):
        catalog.seed()
        if is_sandbox():
            accounts.seed_demo_accounts()
            sample_content.seed()
        lists = [content.listed("article"), content.listed("space"), content.listed("product")]
        return repr(([catalog.public_catalogue(locale) for locale in LOCALES], lists))


def add_admin(email: str, password: str, *, ask: Callable[[], str]) -> None:
    """Make this person an admin. Somebody without an account gets one: then, without a password, `ask` is called."""
    from nestpay.billing import accounts
    from nestpay.domain.errors import InvalidEmail, NestpayError, Refused

    settings = settings_for()
    schema.migrate(settings.database)
    with opened(settings):
        try:
            try:
                accounts.add_admin(email, password or None)
            except Refused as refusal:
                if password or isinstance(refusal, InvalidEmail):
                    raise
                accounts.add_admin(email, ask())
        except NestpayError as error:
            raise stop(str(error)) from None
    say(f"{email} may administrate now.")


def work(threads: int) -> None:
    """Run jobs on this many threads until Ctrl-C or SIGTERM."""
    from nestpay import queue, signals
    from nestpay.jobs import schedule  # noqa: F401  importing it registers the jobs
    from nestpay.providers import registry

    settings = settings_for()
    schema.migrate(settings.database)
    with opened(settings):
        registry.switch_on(settings)
        signals.connect(database_url=settings.database, redis_url=settings.redis_url)
        queue.connect(database_url=settings.database, redis_url=settings.redis_url, var_dir=settings.var_dir)
        say(f"nestpay worker, {settings.mode} mode, {threads} threads")
        queue.consume(workers=threads)
        queue.disconnect()
        signals.disconnect()


def _announce(settings: Settings, began: float, app: str = "") -> None:
    if settings.mode != "sandbox":
        return say(f"nestpay is running: {settings.site_url}  ({settings.mode} mode)")
    say(f"  ready after {time.monotonic() - began:.1f} s")
    if app or is_a_hosts():
        return say(HOSTS_WELCOME.format(url=settings.site_url, place="/api/docs" if app else settings.pricing_path))
    password = settings.demo_password.get_secret_value()
    say(WELCOME.format(url=settings.site_url, pricing=settings.pricing_path, password=password))
