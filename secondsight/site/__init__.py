"""One whole site. In: a `SiteConfig`. Out: the steps of events as they come, settled events, and a status.

`Site` opens and wires all rooms: `pipeline` reads and judges the cameras, in this process or in `processes` of their
own, `services` hold what they need of the site, `drawing` makes pictures. `quick_config` is a site without a site
file, and `check_site` says before a run what is fine and what is not.

What it exports is listed in `__init__.pyi`; each name loads its module when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
