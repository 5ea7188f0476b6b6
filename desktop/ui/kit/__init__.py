"""What every page is made of: look, messages, jobs, commands, cards, short lists, dialogs."""
