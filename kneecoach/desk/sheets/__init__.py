"""What leaves the desk: the visit sheet as page and PDF, everything as CSV, and the sheet of paper that comes back."""
