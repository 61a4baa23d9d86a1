"""The numbers this project promises, measured: `python -m bench [NAME...] [--quick] [--json]`.

Each module measures one figure and returns it as a `Figure`; `python -m bench` prints all of them with the
machine's facts. Figures are ratios taken in one run, two alternating sides under the same load, because absolute
speeds say more about a machine than about a program.
"""
