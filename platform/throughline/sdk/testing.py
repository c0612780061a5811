"""The testing kit that ships with the plugin API; pytest loads it wherever Throughline is installed."""

import pytest

from throughline.sdk.channels import Message


@pytest.fixture
def sample_message() -> Message:
    """Give a message as the platform would send it, for a test of a channel."""
    return Message(
        id="0193a5c0-0000-7000-8000-000000000001",
        subject="An incident on Oak Ward needs you",
        text="CV-2026-0042 was escalated to you. Please acknowledge it by 14:00 on 3 March 2026.",
        link="https://throughline.example/t/calder/incidents/CV-2026-0042",
    )
