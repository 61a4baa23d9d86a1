"""What people and other systems have of a running site. In: its store and its status. Out: alerts."""
