"""LlamaEdge's routes for documents, on the kit's own index: files, chunks, create/rag, retrieve."""
