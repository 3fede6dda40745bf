"""The built-in model, loaded when this module is: once in the server that the processes to be killed are forked from."""

from rag.config import BUILT_IN
from rag.embedding import open_embedder

EMBEDDER = open_embedder(BUILT_IN)
