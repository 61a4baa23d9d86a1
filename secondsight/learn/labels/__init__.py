"""What is in a sample, and who says so: people, the brain, a stronger model, a track's verdict.

In: samples and events. Out: labels with source, confidence and history. `merge` says which one counts.
"""
