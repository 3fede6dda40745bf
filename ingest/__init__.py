"""From a file to an edition."""
