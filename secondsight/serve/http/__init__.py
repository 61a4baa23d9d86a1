"""What holds for every request and response, whatever its route: limits, origins, security headers, errors."""
