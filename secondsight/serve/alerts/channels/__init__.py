"""The channels that need one connection per message, or few. In: a notice. Out: an HTTP request, a mail, a call of
Apprise.
"""
