"""What an office does in one step, from the window or the command line: it closes a year, chases
reports, drafts what is due."""
