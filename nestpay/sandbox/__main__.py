"""`python -m nestpay.sandbox`: the sandbox served alone, on loopback."""

import argparse
from pathlib import Path

import uvicorn

from nestpay.sandbox.app import SandboxOptions, build_sandbox


def main() -> None:
    """Read the arguments and serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m nestpay.sandbox", description="A pretend payment company. No real money."
    )
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--database", type=Path, default=Path("var/sandbox.sqlite"), help="its own SQLite file")
    parser.add_argument("--webhook-url", help="where every event of Stripe is sent")
    parser.add_argument("--webhook-secret", help="the secret that signs them (whsec_…)")
    parser.add_argument("--creem-webhook-url", help="where every event of Creem is sent")
    parser.add_argument("--creem-webhook-secret", help="the secret that signs those")
    given = parser.parse_args()
    site = f"http://127.0.0.1:{given.port}"
    options = SandboxOptions(
        given.database,
        site,
        given.webhook_url,
        given.webhook_secret,
        creem_webhook_url=given.creem_webhook_url,
        creem_webhook_secret=given.creem_webhook_secret,
    )
    uvicorn.run(build_sandbox(options), host="127.0.0.1", port=given.port, log_level="info", access_log=False)


if __name__ == "__main__":
    main()
