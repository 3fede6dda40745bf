"""How good are the replies."""
