"""The application that a config file names: `serve run deploy/serve/config.yaml`."""

from ray import serve

from deploy.serve.gateway import Gateway
from deploy.serve.replica import Replica

Chat = serve.deployment(Replica, name="Chat")
Embedding = serve.deployment(Replica, name="Embedding")

app = Gateway.bind(Chat.bind(), Embedding.bind())
