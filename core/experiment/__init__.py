"""WHAT to run: settings, their sections, the experiment as a value, links and presets."""
