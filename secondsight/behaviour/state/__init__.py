"""What is remembered between looks: per object, track, zone and region; speed, rest and counts per minute."""
