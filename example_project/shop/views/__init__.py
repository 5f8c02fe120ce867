"""The shop's pages, by what the visitor does there."""
