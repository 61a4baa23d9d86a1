"""Backups of a whole data folder. In: a data folder, its database, and a file. Out: one archive with a hash of every
file, taken while a site runs; and a data folder made from it, verified, that a site starts on.
"""

from secondsight.backup.archive import Manifest, ManifestEntry
from secondsight.backup.restore import Restored, restore
from secondsight.backup.take import take_backup

__all__ = ["Manifest", "ManifestEntry", "Restored", "restore", "take_backup"]
