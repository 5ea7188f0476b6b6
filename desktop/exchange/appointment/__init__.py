"""The appointment form (干部任免审批表) as .lrmx and .lrm files, in and out."""
