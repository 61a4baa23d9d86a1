"""All about one event on one page, and as one archive to hand over."""
