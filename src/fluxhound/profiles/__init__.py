"""History to numbers with units, for each entity."""
