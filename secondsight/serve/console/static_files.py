"""Static files of the console, from the package; browsers keep them, since a changed one has another address."""

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_KEPT = "public, max-age=31536000, immutable"


class KeptFiles(StaticFiles):
    """Files that may be kept where their address says which version is meant."""

    def __init__(self) -> None:
        super().__init__(packages=[("secondsight.serve.console", "static")])

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = _KEPT
        return response
