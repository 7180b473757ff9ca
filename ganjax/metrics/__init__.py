"""Measures of quality, each as features, mergeable statistics and a value. Floor 1."""
