"""Articles, spaces and products: their lists, and one of them opened."""
