"""GraphQL verbs: the root fields of both contracts. They import the schema and the core, never the ORM or the jobs."""
