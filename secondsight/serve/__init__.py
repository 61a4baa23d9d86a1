"""A site as people and other systems see it. In: a site's store, data folder and status, and requests over HTTP. Out:
alerts to receivers, an API and metrics that hold to people's rights and cameras. Reads the site's database beside the
run that writes it, and writes what people decide. The API needs the extra `console`.

What it exports is listed in `__init__.pyi`; each name loads its module when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
