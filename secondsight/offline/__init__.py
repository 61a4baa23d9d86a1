"""A site for a machine without a network. In: a site file, and on this machine a network. Out: one folder with the
program and what it needs, the models, the files that the site names, the documentation, a hash of each, and a script
that installs all of it.
"""

from secondsight.offline.bundle import Bundled, CollectWheels, make_bundle
from secondsight.offline.needs import SiteNeeds, needs_of

__all__ = ["Bundled", "CollectWheels", "SiteNeeds", "make_bundle", "needs_of"]
