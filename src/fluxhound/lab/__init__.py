"""The lab: traffic with known truth, the training of the model, and the evaluation."""
