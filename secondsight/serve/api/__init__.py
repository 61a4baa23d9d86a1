"""The HTTP API under /api/v1: one router per resource. Each route translates a request into one call of
`serve.access`, and what that returns into a form."""
