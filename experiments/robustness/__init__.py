"""What a choice costs in each future, and in which futures it fails."""
