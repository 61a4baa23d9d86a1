"""What the documentation site takes from the code: keys of the site file, commands, behaviours, the Python API.

In: the classes and functions themselves, found by walking from `SiteConfig`, the command line and each package's
`__all__`. Out: pages in Markdown. No class or command is named here, so a new one needs no change.
"""
