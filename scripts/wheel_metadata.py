"""Gives the wheel the same pinned dependencies as a checkout, read from requirements.txt."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RequirementsHook(MetadataHookInterface):
    """Called by hatchling while it builds the wheel's metadata."""

    def update(self, metadata: dict) -> None:
        """Fill in the field that pyproject.toml calls dynamic."""
        lines = Path(self.root, "requirements.txt").read_text().splitlines()
        metadata["dependencies"] = [line for line in lines if line and not line.startswith("#")]
