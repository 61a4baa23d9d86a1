"""What the camera and the weather do to a picture: night, rain, fog, lens, noise."""
