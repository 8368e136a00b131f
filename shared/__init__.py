"""Everything but the entry points: never imports functions/, never imports Chalice."""
