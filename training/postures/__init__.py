"""Trains the network that judges key points over time on skeletons that are computed.

Out of postures and motions come three-dimensional skeletons, out of these what a camera and a pose model make of
them. No picture is drawn, and no recording of real people is used.
"""
