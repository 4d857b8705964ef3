"""What waits for a person on the start page, a module a subject."""
