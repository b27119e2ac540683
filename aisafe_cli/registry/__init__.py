"""Judge a registry: a table of plans, a row a plan. Needs the optional extra `registry`."""
