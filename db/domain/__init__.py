"""What the campaign does with records: meetings, weeks, monthly reviews, returns, a person over
time."""
