"""Everything an operator may set, read once, and refused at start when it is dangerous."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Mode = Literal["sandbox", "test", "live"]
LOCALES = ("en", "zh", "fr")
DEFAULT_LOCALE = LOCALES[0]
"""The language without a prefix in its paths: the pages are built so."""

LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}
SHORTEST_SECRET = 32


class DangerousSettings(SystemExit):
    """The configuration would lose money or leak secrets; the message says what to change."""


def _named(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Settings(BaseSettings):
    """One frozen reading of the environment and `.env`. Amounts of time carry their unit in the name."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, populate_by_name=True)

    mode: Mode
    site_url: str = Field("http://127.0.0.1:8000", validation_alias=_named("SITE_URL", "NEXT_PUBLIC_SITE_URL"))
    host: str = "127.0.0.1"
    port: int = 8000
    pricing_path: str = Field("/pricing", validation_alias=_named("PRICING_PATH", "NEXT_PUBLIC_PRICING_PATH"))
    default_currency: str = "usd"
    admin_email: str = ""
    var_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = ""
    embedded_worker: bool = True
    plans_file: str = Field(
        "starter", description="A catalogue in nestpay/billing/catalogues, or a path to a TOML file."
    )

    extensions: Annotated[tuple[str, ...], NoDecode] = ()

    secret_key: SecretStr = SecretStr("")
    session_days: int = 30
    demo_password: SecretStr = SecretStr("nestpay-demo")
    trusted_proxy_hops: int = 0
    signup_bonus_credits: int = 100
    low_balance_credits: int = 20
    feature_costs: dict[str, int] = Field(default_factory=dict)
    grace_days: int = 7
    api_calls_per_minute: int = 600
    hold_overdraft: Literal["refuse", "available", "debt"] = "refuse"

    stripe_secret_key: SecretStr = SecretStr("")
    stripe_publishable_key: str = Field(
        "", validation_alias=_named("STRIPE_PUBLISHABLE_KEY", "NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY")
    )
    stripe_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), validation_alias=_named("STRIPE_WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRETS")
    )
    stripe_api_base: str = ""
    stripe_customer_portal_url: str = ""
    stripe_automatic_tax: bool = False
    stripe_tax_id_collection: bool = False
    stripe_save_cards: bool = True
    stripe_radar_early_fraud_warning_type: Literal["none", "refund", "email", "both"] = "email"
    stripe_pro_monthly_price_id: str = ""
    stripe_pro_yearly_price_id: str = ""
    stripe_business_monthly_price_id: str = ""
    stripe_business_yearly_price_id: str = ""
    provider_timeout_seconds: float = 20.0

    creem_api_key: SecretStr = SecretStr("")
    creem_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), validation_alias=_named("CREEM_WEBHOOK_SECRET", "CREEM_WEBHOOK_SECRETS")
    )
    creem_api_base_url: str = ""

    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: bool = True
    mail_from: str = "nestpay <billing@localhost>"

    webhook_body_limit_bytes: int = 1_048_576
    event_payload_days: int = 90
    upload_limit_mb: int = 512

    @field_validator("stripe_webhook_secrets", "creem_webhook_secrets", mode="before")
    @classmethod
    def _several_secrets(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(secret.strip() for secret in value.split(",") if secret.strip())
        return value

    @field_validator("extensions", mode="before")
    @classmethod
    def _several_names(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("site_url", "creem_api_base_url", "stripe_api_base")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("default_currency")
    @classmethod
    def _lower_case(cls, value: str) -> str:
        return value.lower()

    @model_validator(mode="after")
    def _refuse_danger(self) -> Self:
        complaints = [complaint for complaint in _complaints(self) if complaint]
        if complaints:
            raise ValueError("\n".join(complaints))
        return self

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: `DATABASE_URL`, or a SQLite file under `var_dir`."""
        return self.database_url or f"sqlite:///{self.var_dir / 'nestpay.sqlite'}"

    @property
    def stripe_base(self) -> str:
        """Where the Stripe SDK talks to: Stripe itself, or the sandbox of this very process."""
        if self.stripe_api_base:
            return self.stripe_api_base
        return f"{self.site_url}/sandbox/stripe" if self.mode == "sandbox" else "https://api.stripe.com"

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of the providers that there are keys for; the first is offered first."""
        keys = {"stripe": self.stripe_secret_key, "creem": self.creem_api_key}
        return tuple(name for name, key in keys.items() if key.get_secret_value())

    @property
    def creem_base(self) -> str:
        """Where Creem is asked: Creem itself by the key's environment, or the sandbox of this very process."""
        if self.creem_api_base_url:
            return self.creem_api_base_url
        if self.mode == "sandbox":
            return f"{self.site_url}/sandbox/creem"
        return "https://api.creem.io" if self.mode == "live" else "https://test-api.creem.io"

    @property
    def is_https(self) -> bool:
        return self.site_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Scheme, host and port of `SITE_URL`: the only origin that websockets and CORS accept."""
        parts = urlsplit(self.site_url)
        return f"{parts.scheme}://{parts.netloc}"


def _complaints(settings: Settings) -> list[str]:
    key = settings.stripe_secret_key.get_secret_value()
    host = urlsplit(settings.site_url).hostname or ""
    is_live_key = key.startswith(("sk_live_", "rk_live_"))
    has_key = bool(key or settings.creem_api_key.get_secret_value())
    has_weak_secret = len(settings.secret_key.get_secret_value()) < SHORTEST_SECRET
    found = [
        settings.session_days < 1 and "SESSION_DAYS must be at least 1.",
        settings.grace_days < 0 and "GRACE_DAYS must be 0 or more.",
        settings.api_calls_per_minute < 0 and "API_CALLS_PER_MINUTE must be 0 (no limit) or more.",
        settings.event_payload_days < 1 and "EVENT_PAYLOAD_DAYS must be at least 1.",
        settings.upload_limit_mb < 1 and "UPLOAD_LIMIT_MB must be at least 1.",
        has_weak_secret
        and f"SECRET_KEY must be a random text of at least {SHORTEST_SECRET} characters; "
        'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"',
    ]
    if settings.mode == "sandbox":
        found += [
            host not in LOOPBACK_HOSTS
            and f"MODE=sandbox only runs on this machine: SITE_URL must be a loopback address, not {host!r}.",
            is_live_key and "MODE=sandbox with a live Stripe key: remove STRIPE_SECRET_KEY or set MODE=live.",
        ]
    if settings.mode == "test":
        found += [
            is_live_key and "MODE=test with a live Stripe key: use the sk_test_ key, or set MODE=live.",
            not has_key
            and "MODE=test needs STRIPE_SECRET_KEY=sk_test_… or CREEM_API_KEY=creem_test_…; "
            "for a run with no account set MODE=sandbox.",
        ]
    if settings.mode == "live":
        found += [
            bool(key)
            and not is_live_key
            and "MODE=live with a test Stripe key: use the sk_live_ key, or set MODE=test.",
            not has_key and "MODE=live needs STRIPE_SECRET_KEY=sk_live_… or CREEM_API_KEY=creem_….",
            not settings.is_https and "MODE=live needs an https SITE_URL: session cookies are Secure there.",
            bool(settings.stripe_api_base) and "MODE=live talks to Stripe itself: remove STRIPE_API_BASE.",
        ]
    return [complaint for complaint in (*found, *_creem_complaints(settings)) if isinstance(complaint, str)]


def _creem_complaints(settings: Settings) -> list[str | bool]:
    """Creem's key says by its beginning which of its two environments it opens; their addresses differ as well."""
    key, host = settings.creem_api_key.get_secret_value(), urlsplit(settings.creem_base).hostname
    if not key:
        return []
    is_live_key = not key.startswith("creem_test_")
    mode = settings.mode
    return [
        not key.startswith("creem_") and "CREEM_API_KEY is none of Creem's: they begin with creem_test_ or creem_.",
        mode != "live" and is_live_key and f"MODE={mode} with a live Creem key: use the creem_test_ key, or MODE=live.",
        mode == "live" and not is_live_key and "MODE=live with a test Creem key: use the creem_ key, or MODE=test.",
        not is_live_key
        and host == "api.creem.io"
        and "A test Creem key does not open api.creem.io: set CREEM_API_BASE_URL=https://test-api.creem.io or remove it.",
        is_live_key
        and host == "test-api.creem.io"
        and "A live Creem key does not open test-api.creem.io: set CREEM_API_BASE_URL=https://api.creem.io or remove it.",
        mode == "live"
        and host not in ("api.creem.io", "test-api.creem.io")
        and "MODE=live talks to Creem itself: remove CREEM_API_BASE_URL.",
    ]


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"]).upper()
        if name == "MODE" and problem["type"] == "missing":
            lines.append("MODE is not set: say MODE=sandbox (no account, no money), MODE=test or MODE=live.")
        else:
            lines.append((f"{name}: " if name else "") + problem["msg"].removeprefix("Value error, "))
    return "nestpay does not start:\n" + "\n".join(f"  - {line}" for text in lines for line in text.split("\n"))


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once. Raises DangerousSettings with the mend in its message."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue]  the environment fills it
    except ValidationError as error:
        raise DangerousSettings(_explain(error)) from None


def reset_settings() -> None:
    """Forget what was read, so that the next `get_settings()` reads the environment again (tests, `make dev`)."""
    get_settings.cache_clear()
