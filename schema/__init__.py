"""GraphQL nouns: types and inputs. No input or output of their own."""
