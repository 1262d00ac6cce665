"""Published policy effects E1 to E4: the published estimator on simulated data, beside the true effect from twins."""
