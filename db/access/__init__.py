"""Who may write what: roles, ownership between offices, records that stand."""
