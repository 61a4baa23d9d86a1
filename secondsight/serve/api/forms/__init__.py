"""The typed forms of requests and answers, from which OpenAPI is made."""
