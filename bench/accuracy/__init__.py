"""How right the product is: recall, false alarms, calibration, guard."""
