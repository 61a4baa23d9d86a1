"""What a site needs besides the frame path: its data folder, its brain, and what may leave it."""
