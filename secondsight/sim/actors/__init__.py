"""What stands and moves in the city: people, things, vehicles, particles. A time in, shapes out."""
