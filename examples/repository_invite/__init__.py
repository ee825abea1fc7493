"""An extension: whoever buys is invited to a code repository, and leaves it again with the refund.

EXTENSIONS=repository_invite PYTHONPATH=examples REPOSITORY=acme/private REPOSITORY_TOKEN=… make run
then tick repository_invite at a product (/dashboard/admin/content), or name it in a plan's deliveries
"""

import os

from nestpay import extend

from .invitation import RepositoryInvite

if repository := os.environ.get("REPOSITORY"):
    api = os.environ.get("REPOSITORY_API", "https://api.github.com")
    extend.benefit(RepositoryInvite(repository, token=os.environ["REPOSITORY_TOKEN"], api=api))
