"""The tour: why a loss is negative and a variance looks wrong, in steps that each train what they show."""
