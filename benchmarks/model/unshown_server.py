"""The server, which here shows no schema to its model: python -m benchmarks.model.unshown_server"""

from unittest.mock import patch

from kit.env import load_env

if __name__ == "__main__":
    load_env()
    with patch("server.chat.chat_model.form_of", return_value=""):
        from server.cli import main

        main()
