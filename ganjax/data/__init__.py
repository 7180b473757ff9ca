"""Pictures to learn from: sources, decoding, and the pipeline that shuffles, shards and batches them."""
