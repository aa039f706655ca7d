"""What a venue owns: records, rules, SQL. The only door to the database; it imports nothing else of Foyer."""
