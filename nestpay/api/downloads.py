"""The route that a signed link to a file leads to."""

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import FileResponse

from nestpay.billing import downloads

router = APIRouter(prefix="/api/downloads", include_in_schema=False)


@router.get("/{token}")
async def download(token: str) -> FileResponse:
    """Send the file. The link is the permission, so nothing on the way may keep the answer."""
    path = await to_thread.run_sync(downloads.follow, token)
    return FileResponse(path, filename=path.name, headers={"Cache-Control": "private, no-store"})
