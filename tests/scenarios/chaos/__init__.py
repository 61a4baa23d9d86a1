"""An hour of trouble in a few minutes: a site with real servers, and a random fault every few seconds.

`python -m tests.scenarios.chaos --seed 7 --minutes 5` runs it alone. `chaos_seeds.txt` keeps the seeds that once
failed; `test_chaos.py` runs one of them and a fresh one.
"""
