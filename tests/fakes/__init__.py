"""Stand-ins that play a script, for tests in several folders."""
