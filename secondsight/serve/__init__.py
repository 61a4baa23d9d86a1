"""A site as others see it: an API, metrics and (later) a console over HTTP. In: a site file or data folder, requests.
Out: answers that hold to people's rights and cameras. Reads the site's database beside the run that writes it, and
writes what people decide. Needs the extra `console`; nothing here is loaded before something is served.
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
