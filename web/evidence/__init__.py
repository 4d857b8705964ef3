"""What was on whose screen: traces in a chain of hashes, checked, exported and recalled."""
