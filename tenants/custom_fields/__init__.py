"""Fields that a venue defines itself, on customers, performances and orders: typed, named per language, filtered and imported.

records.py says what a field is, manage.py how it comes and goes, values.py what it may hold, holding.py what objects hold,
filters.py how they are found by it. tenants/upserts/custom.py reads values from rows and custom_values.py writes them.
"""
