"""What `foyer` can do. What a command needs is imported inside it, so that all of them start fast."""
