"""Makes the models that come with SecondSight, out of the simulated city: `python -m training detector|clip`.

Beside the package, not in it: these scripts know the city, the networks and the yardstick at once, and whoever runs
SecondSight needs none of them.
"""
