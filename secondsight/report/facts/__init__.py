"""What a report may say. In: a store and a period. Out: one frozen value, and the totals that follow from it."""
