"""Labels and results in, figures out; no site is run here."""
