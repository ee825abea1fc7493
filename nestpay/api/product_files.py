"""The route that an admin's browser sends the file of a product to: its bytes are the body, read as they come."""

from typing import Annotated

from anyio import CancelScope, to_thread
from fastapi import APIRouter, Path, Query, Request, Response

from nestpay.api.admin import Admin
from nestpay.api.client_ip import client_ip
from nestpay.billing.product_files import Upload

router = APIRouter(prefix="/api/admin/files", include_in_schema=False)

_PIECE_BYTES = 1_048_576
_LONGEST_PATH = 400

Name = Annotated[str, Path(max_length=_LONGEST_PATH)]


@router.put("/{name}")
async def put_file(request: Request, name: Name, user: Admin, replace: Annotated[bool, Query()] = False) -> Response:
    """Keep the body as the file of this name: 201, or 409 for one that is there unless it is to be replaced.

    413 beyond UPLOAD_LIMIT_MB, 422 for a name that no file can have. Nothing is kept of what does not arrive whole.
    """
    announced = request.headers.get("content-length", "")
    size_bytes = int(announced) if announced.isdecimal() else 0
    upload = await to_thread.run_sync(lambda: Upload(name, size_bytes, replace=replace))
    try:
        waiting = bytearray()
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= _PIECE_BYTES:
                await to_thread.run_sync(upload.write, bytes(waiting))
                waiting.clear()
        await to_thread.run_sync(upload.write, bytes(waiting))
        await to_thread.run_sync(lambda: upload.finish(by=user.id, ip=client_ip(request)))
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(upload.discard)
    return Response(status_code=201, headers={"Cache-Control": "no-store"})
