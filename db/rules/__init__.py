"""What may be kept: values, rules over several records, the steps of a lifecycle."""
