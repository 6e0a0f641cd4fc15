"""What the server and its clients both need: `.env`, problems told in two languages, the endpoint."""
