"""A bulletin from draft to issue: kept figures, numbers without gaps, the frozen copy."""
