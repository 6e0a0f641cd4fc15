"""The server without models and with another catalogue: python without_models.py CATALOGUE HOST:PORT"""

import sys
from pathlib import Path

import uvicorn

from server.api.served import Absent, Served
from server.app import create_app
from server.models import catalogue

catalogue.FILE = Path(sys.argv[1])
host, _, port = sys.argv[2].rpartition(":")
none = Absent("no model")
uvicorn.run(create_app(Served(none, none, None, created=0)), host=host, port=int(port), log_config=None)
