"""What people are told. In: a step of an event and what was told before. Out: a word, or why there is none."""
