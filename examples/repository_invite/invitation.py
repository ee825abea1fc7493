"""Invites a buyer by e-mail to a repository, over GitHub's API or one that speaks alike."""

from typing import Any

import httpx

from nestpay import extend

_GONE = 404


class RepositoryInvite:
    """What failed is raised: the worker tries again later, and the admin reads why.

    Asking for the same invitation twice is answered with the one that is there, so a crash invites nobody twice.
    """

    name = "repository_invite"

    def __init__(self, repository: str, *, token: str, api: str) -> None:
        self._url = f"{api}/repos/{repository}/invitations"
        self._repository = repository
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}

    def carry_out(self, parcel: extend.Parcel) -> dict[str, Any]:
        """Invite, and write to the buyer in their language. The purchase, too, says where to, and the way there."""
        wish = {"email": parcel.email, "permissions": "read"}
        answer = httpx.put(f"{self._url}/{parcel.id}", json=wish, headers=self._headers, timeout=10).raise_for_status()
        there = {"repository": self._repository, "url": answer.json()["html_url"]}
        extend.mail("repository_invite.invited", parcel.user_id, key=parcel.id, **there)
        return there

    def take_back(self, parcel: extend.Parcel, result: dict[str, Any]) -> None:
        """Take the invitation, or what became of it, back. One that is gone already is fine."""
        answer = httpx.delete(f"{self._url}/{parcel.id}", headers=self._headers, timeout=10)
        if answer.status_code != _GONE:
            answer.raise_for_status()
