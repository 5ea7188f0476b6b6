"""Parts of the monthly review: what stands around its table, its weights, what seals a month."""
