"""Whether a server of this container answers: python healthy.py PORT. Exit code 0: it does."""

import sys
from http.client import HTTPConnection

# http.client knows no proxy, unlike urllib, so that one in the environment is not asked for localhost.
connection = HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
try:
    connection.request("GET", "/health")
    sys.exit(connection.getresponse().status != 200)
except OSError as error:
    sys.exit(str(error))
