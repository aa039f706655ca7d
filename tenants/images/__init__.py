"""Pictures of productions and performances: handed in by the house, resized by a job, shown to everybody (Requirement PR1)."""
