"""Rules made of rules, and rules with hours: candidates of the parts in, candidates of the whole out."""
