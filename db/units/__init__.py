"""Units and people over time: names, successions, whose a row was on a day, reorganisations."""
