"""Reading the audit log."""

import strawberry

from resolvers.listings import listing
from schema import audit as nouns
from tenants import audit_entries as audit


@strawberry.type
class AuditQueries:
    """The venue's log."""

    audit_entries = listing(
        audit.LISTING, nouns.AuditEntry, description="What was tried at the venue, by whom, and what became of it."
    )
