"""What people can see and do, as plain functions: a site, a person and typed arguments in, typed values out.

Each checks the person's rights and cameras itself. Routes of the API and pages of the console only translate.
"""
