from .check import Finding, check_site
from .drawing.heatmap import draw_heat, heat_of
from .drawing.zone_overlay import draw_plan, png_bytes
from .quickstart import quick_config
from .site import Site
from .status import CameraStatus, SiteStatus, status_to_json

__all__ = [
    "CameraStatus",
    "Finding",
    "Site",
    "SiteStatus",
    "check_site",
    "draw_heat",
    "draw_plan",
    "heat_of",
    "png_bytes",
    "quick_config",
    "status_to_json",
]
