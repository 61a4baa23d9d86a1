"""A site with zones, lines and aliases in two languages."""

from pathlib import Path

from secondsight.config import SiteConfig, make_site


def zone(*aliases: str) -> dict[str, object]:
    return {"coordinates": "0,0,1,0,1,1", "aliases": list(aliases)}


SITE: SiteConfig = make_site(
    {
        "cameras": {
            "hall": {
                "source": "a.mp4",
                "title": "东门车间",
                "zones": {"yard": zone("院子", "loading area"), "platform-2": zone("站台", "二号站台")},
                "lines": {"gate": {"coordinates": "0,0,1,1", "aliases": ["闸机"]}},
            },
            "cam-3": {"source": "b.mp4", "zones": {"checkout": zone("收银台"), "yard": zone("院子")}},
        },
        "rules": {"fall": {"behaviour": "fall", "zone": "frame"}},
    },
    Path(),
)
