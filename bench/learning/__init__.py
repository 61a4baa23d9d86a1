"""Some days of a simulated site whose model learns, from first samples to a promotion, through the product itself.

In: a seed and a number of days. Out: a data folder, a record of each day, and a page that shows them.
"""
