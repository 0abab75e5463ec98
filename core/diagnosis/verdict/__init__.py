"""The verdict on a run: findings by rule."""
