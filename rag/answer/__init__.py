"""From hits to a reply."""
