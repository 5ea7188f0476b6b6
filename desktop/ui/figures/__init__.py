"""Figures on the screen: charts, figures of the office's own, the rows behind a number."""
