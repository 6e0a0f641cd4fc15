"""Any sample in the browser: `python -m agents web NAME`."""
