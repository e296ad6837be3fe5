"""The group 報告: preview, PDF, the draft of a mail, masking."""
