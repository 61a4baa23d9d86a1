"""Changes of the site file by a program. In: what a section shall be, and who says so. Out: a checked proposal with
its difference, and, once saved, a version that can be gone back to. Comments, order and spelling of all else stay.
"""
