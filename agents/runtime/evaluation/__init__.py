"""An agent on questions with known outcomes: run, counted, looked at, compared."""
