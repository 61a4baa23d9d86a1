"""What holds a verdict against a model's mistakes: the guard, the quality of pictures, a closer crop."""
