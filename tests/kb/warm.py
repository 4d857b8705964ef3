"""Loaded once into the process that children are forked from: they start in milliseconds."""

import kb.library
import kb.text

kb.text.load()
