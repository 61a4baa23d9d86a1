"""A report as something to read. In: facts and sentences. Out: HTML that opens offline, PDF, Markdown or JSON."""
