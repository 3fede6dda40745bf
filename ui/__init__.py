"""Everything a person sees in a browser."""
