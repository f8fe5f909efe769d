"""Everything on record of one patient, as tables: what the columns are, and the rows of each."""
