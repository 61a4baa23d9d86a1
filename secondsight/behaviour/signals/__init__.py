"""What one look tells: an observation in; views of tracks, changed patches, colours, poses and evidence out."""
