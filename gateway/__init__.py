"""The way in: HTTP, GraphQL, who is asking. It may import everything and nobody imports it."""
