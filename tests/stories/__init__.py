"""The stories of the design against a real process, over every channel."""

import pytest

pytest.register_assert_rewrite(
    "tests.stories.told", "tests.stories.messengers", "tests.stories.chats", "tests.stories.office"
)
