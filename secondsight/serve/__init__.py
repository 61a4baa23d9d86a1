"""A site as people and other systems see it. In: a site's store, data folder and status, and requests over HTTP. Out:
alerts to receivers, an API and metrics that hold to people's rights and cameras. Reads the site's database beside the
run that writes it, and writes what people decide. The API needs the extra `console`; nothing is loaded before it is
used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from secondsight.serve.server import ApiServer

__all__ = ["ApiServer"]


def __getattr__(name: str) -> Any:
    if name == "ApiServer":
        from secondsight.serve.server import ApiServer

        return ApiServer
    raise AttributeError(f"module 'secondsight.serve' has no attribute {name!r}")
