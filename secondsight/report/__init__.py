"""Pages over the store. In: events as the store knows them, and the data folder with their clips and frames.
Out: a folder with one self-contained HTML page, its clips and snapshots beside it, to look at or to send on.
Nothing is loaded from a network; the page works from a memory stick.
"""

from secondsight.report.page import write_page

__all__ = ["write_page"]
