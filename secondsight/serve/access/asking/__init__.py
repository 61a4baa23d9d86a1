"""What people may ask of a site, and read in its reports."""
