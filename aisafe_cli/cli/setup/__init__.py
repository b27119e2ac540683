"""Commands that set up what holds for plans."""
