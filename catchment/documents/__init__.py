"""Word and PDF documents: notices, cards and reports.

A document is a list of parts (parts.py) made by pure functions from tables and settings; `laid_out` puts every number into
words once, and the two writers (pdf.py, word.py) only set what it gives: the same number stands in both.
"""
