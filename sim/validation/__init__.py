"""The shipped parameters against published results that did not set them: arms, targets, predictions and verdicts."""
