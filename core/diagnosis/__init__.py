"""WHY a run came out as it did: findings, computed sentences with their numbers."""
