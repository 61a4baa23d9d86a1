"""What goes live: candidate -> gate on the reference set -> shadow beside production -> promoted -> watched.

In: bundles, reference pictures, samples with people's labels. Out: the one bundle in production, and the reason for
it in the history. What a model thinks of itself, or the brain of it, decides nothing here.
"""
