"""The console: pages for people. In: the functions of `serve.access` and a person's language. Out: HTML, and files
that it needs. A page only shows; what changes something is a request to the API.
"""
