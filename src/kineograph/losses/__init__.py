"""What training pushes down: pure terms, Loss(turn) -> scalar."""
