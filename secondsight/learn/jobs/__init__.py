"""Trainings: each a folder in `learn/jobs`, worked on by a process of its own at low priority.

What a killed process leaves is a folder with its last checkpoint: the next start goes on from there. A lock that dies
with its process keeps two from running at once.
"""
