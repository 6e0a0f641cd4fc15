"""The application of deploy/serve on machines of one's own and on Kubernetes."""
