"""An extension: payment by bank transfer, which the admin marks as arrived.

EXTENSIONS=bank_transfer PYTHONPATH=examples make run        then give a price the provider bank_transfer
"""

from bank_transfer.provider import BankTransfer
from nestpay import extend
from nestpay.settings import get_settings

_settings = get_settings()

bank = BankTransfer(
    file=_settings.var_dir / "bank_transfers.sqlite",
    secret=_settings.secret_key.get_secret_value(),
    page=f"{_settings.site_url}/bank-transfer/",
)
extend.register(bank)
