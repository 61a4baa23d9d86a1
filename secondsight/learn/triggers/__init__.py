"""When to train: enough new labels, the calendar, or drift; each with its reason.

In: samples, labels and past trainings. Out: a reason to train now, or what each trigger waits for.
"""
