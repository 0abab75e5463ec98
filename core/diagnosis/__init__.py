"""WHY it came out so: findings, computed sentences with their numbers."""
