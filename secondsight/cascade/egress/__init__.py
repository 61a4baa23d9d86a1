"""What may leave the site: pictures in, released or redacted pictures out."""
