"""The wall chart (挂图作战) on the screen: its lines, how they are painted, and the view."""
