"""Where actors are over time: walks, moves, timelines, things done together or by hand."""
