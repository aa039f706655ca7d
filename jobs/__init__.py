"""The way out, and later: background jobs. They import the core only."""
