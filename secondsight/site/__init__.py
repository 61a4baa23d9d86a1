"""One whole site. In: a `SiteConfig`. Out: settled events, as they come, and a status at any moment.

`Site` opens and wires all rooms; `CameraThread` reads one camera, `Analyst` judges what the model found in it,
`Library` keeps the data folder in order, `Annotator` draws. `quick_config` is a site without a site file, and
`check_site` says before a run what is fine and what is not.
"""

from secondsight.site.check import Finding, check_site
from secondsight.site.drawing.heatmap import draw_heat, heat_of
from secondsight.site.drawing.zone_overlay import draw_plan, png_bytes
from secondsight.site.quickstart import quick_config
from secondsight.site.services.folder_identity import FILE as IDENTITY
from secondsight.site.services.folder_identity import identity_of_copy
from secondsight.site.site import Site
from secondsight.site.status import CameraStatus, SiteStatus, status_to_json

__all__ = [
    "draw_heat",
    "draw_plan",
    "heat_of",
    "png_bytes",
    "IDENTITY",
    "CameraStatus",
    "Finding",
    "Site",
    "SiteStatus",
    "check_site",
    "identity_of_copy",
    "quick_config",
    "status_to_json",
]
