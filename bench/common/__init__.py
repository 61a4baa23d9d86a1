"""What several benches share: figures, fixtures, facts of the machine, a simulated loop."""
