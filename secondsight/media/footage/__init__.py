"""Recorded footage. In: a camera's packets, and when something moved or happened. Out: segments on disk, found by
time, and videos cut from them; packets as they come, for live pictures."""
