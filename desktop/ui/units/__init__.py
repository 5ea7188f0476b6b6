"""A change of units in clear steps."""
