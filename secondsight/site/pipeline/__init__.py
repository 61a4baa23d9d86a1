"""The frame path of some cameras in one process: packets in; candidates, recordings and counts out."""
