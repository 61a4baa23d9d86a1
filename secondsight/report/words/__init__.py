"""What a report says. In: facts. Out: named figures in the reader's language, and sentences around them."""
