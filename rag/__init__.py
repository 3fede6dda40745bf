"""From a question to a reply: the stable core, which imports none of the other rooms."""
