"""What a newer version adds: an index, while everybody goes on."""

INDEX = "chaos_rep_received_at"
