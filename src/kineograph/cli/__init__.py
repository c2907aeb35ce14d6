"""``kineograph VERB ...``: one short module a verb."""
