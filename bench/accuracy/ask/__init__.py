"""The yardstick of questions: simulated days with their truth, questions in many wordings, and the count of what is
answered rightly."""
