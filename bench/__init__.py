"""Measures the budgets of the design beside peers and a floor, in one run: `make bench`."""
