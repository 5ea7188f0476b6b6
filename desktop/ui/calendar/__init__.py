"""Parts of the calendar: its months and weeks as a grid."""
