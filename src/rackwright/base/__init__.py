"""Units, source spans, the node-tree reader and findings. Imports nothing of ours."""
