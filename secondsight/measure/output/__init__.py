"""Figures in; tables, plots, JSON and pages out."""
