"""The index of what is kept for learning: one SQLite file in the `learn` folder of the data folder.

Samples are written by the processes that watch cameras, labels by people and the brain, bundles by a training; all
at once. A change is one transaction: what a killed process leaves behind is the state before it, or after it.
"""
