"""`/v1/messages`, Anthropic's API: its blocks to messages and back, its events, its errors."""
