"""Forms: what people typed, read, checked and shown again."""
