"""Facts that questions are answered from. In: visits, coverage, suspects, as they are noted. Out: sums over them,
counted in SQL."""
