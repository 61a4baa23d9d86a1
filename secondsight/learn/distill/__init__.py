"""Small students of the large model: what it would answer to a kind's deciding question, from the sentinel's numbers.

In: the log of candidates with their verdicts. Out: `learn/students/KIND.json`, a few kilobytes, with a certified
bound on what it wrongly rejects. It runs on every candidate before a call is made.
"""
