"""The form of a record: fields, steps, children, attachments, timeline, drafts."""
