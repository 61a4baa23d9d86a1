"""SecondSight joins small and large models for video analytics.

Small models (the *sentinel*) watch every frame; a large multimodal model (the *brain*) takes the second look at
what they suspect. `Site` is the whole of it in one object; it is imported lazily so that the command line and
programs that only read results start fast.
"""

import sys
from typing import TYPE_CHECKING, Any

# OpenVINO reports every import of itself to its maker, from a forked process and without asking. Nothing may leave a
# site that its owner did not send: without this package OpenVINO keeps to itself.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

__version__ = "0.1.0"

if TYPE_CHECKING:
    from secondsight.site import Site

__all__ = ["Site", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Site":
        from secondsight.site import Site

        return Site
    raise AttributeError(f"module 'secondsight' has no attribute {name!r}")
