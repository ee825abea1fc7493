"""`python -m nestpay …`."""

from nestpay.cli import cli

cli()
