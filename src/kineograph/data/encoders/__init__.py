"""Who reads captions, one a file; a conf/data/text/NAME.yaml chooses it."""
