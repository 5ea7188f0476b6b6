"""Figures on the screen: charts, the wall chart, the rows behind a number."""
