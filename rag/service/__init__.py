"""One index, searched over HTTP: whoever asks keeps neither vectors nor texts nor BM25."""
