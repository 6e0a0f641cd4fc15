"""`/v1/responses`: its input to messages, its output item by item, and what a later request may go on from."""
