"""What the brain may cost: estimates and the ledger in, leave to call or the reason why not out."""
