"""The models on this machine: what there is, and loading, downloading and deleting it while the server runs."""
