"""The network, and a trained one as a folder."""
