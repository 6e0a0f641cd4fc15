"""The page at `/`: ask, models, documents, requests. Whatever it does, it does over HTTP, as others could."""
