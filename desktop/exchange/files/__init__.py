"""Files before they are believed: checked as a zip, read in a child process, carried on sticks,
kept as sent."""
