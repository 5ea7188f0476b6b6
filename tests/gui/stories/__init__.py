"""The 49 things an office does in the campaign, each done once in the window as a person does it."""
