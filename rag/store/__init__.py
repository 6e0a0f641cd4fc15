"""What the index keeps: vectors in ChromaDB, texts and BM25 in SQLite, held together by a fingerprint."""
