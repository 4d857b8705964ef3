"""Knowledge base: articles, Chinese text, the index."""
