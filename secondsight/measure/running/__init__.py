"""Labelled recordings and a site file in, the site's results out."""
