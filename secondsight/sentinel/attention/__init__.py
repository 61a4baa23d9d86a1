"""When to look and where: frames and the tracker's view in, a decision and a region of interest out."""
