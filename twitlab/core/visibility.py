"""The rules of sight: who may see which tweet, as pure predicates.

The case study has none of these rules; its timelines go on showing what was deleted, blocked or protected. The
invariant here: every reader of the package decides by these few lines, at the moment of reading, so a delete, a block,
a mute or an unfollow is right everywhere at once. Twitter runs the same decision as a library of visibility filters
over every surface ("VF").
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from twitlab.core.model import TweetRow

Purpose = Literal["page", "home", "notify"]
"""Where the tweet would show: on a page somebody asked for, on the home timeline, or unasked (notifications and
recommendations, where mutes hold too)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What matters about one viewer (``None``: a stranger): four sets of user ids.

    ``following``: whom they follow; ``hidden``: blocks in either direction; ``muted``: whom they muted;
    ``protected``: every protected account there is.
    """

    viewer_id: int | None
    following: Container[int] = frozenset()
    hidden: Container[int] = frozenset()
    muted: Container[int] = frozenset()
    protected: Container[int] = frozenset()

    def sees_author(self, author_id: int) -> bool:
        """No block in either direction, and a protected author only if followed or oneself."""
        if author_id == self.viewer_id:
            return True
        return author_id not in self.hidden and (author_id not in self.protected or author_id in self.following)


def may_see(row: TweetRow, original: TweetRow | None, facts: Facts, purpose: Purpose = "page") -> bool:
    """Whether the viewer may see ``row`` there; ``original`` is the retweeted row if ``row`` is a retweet.

    >>> post = TweetRow(tweet_id=1, user_id=7, content="hi", created_ms=0)
    >>> may_see(post, None, Facts(viewer_id=None)), may_see(post, None, Facts(viewer_id=None, protected={7}))
    (True, False)
    """
    if row.deleted or not facts.sees_author(row.user_id):
        return False
    if row.retweet_of is not None and (original is None or original.deleted or not facts.sees_author(original.user_id)):
        return False
    if purpose == "page":
        return True
    if row.user_id in facts.muted or (original is not None and original.user_id in facts.muted):
        return False
    return purpose == "notify" or _belongs_on_home(row, facts)


def _belongs_on_home(row: TweetRow, facts: Facts) -> bool:
    """By the viewer or someone they follow; a reply only if they also follow (or are) the one replied to.

    An author who replies to themself passes; a retweet is not a reply, whatever its original is.
    """
    if row.user_id != facts.viewer_id and row.user_id not in facts.following:
        return False
    if row.reply_to_user is None or row.retweet_of is not None:
        return True
    return row.reply_to_user in (row.user_id, facts.viewer_id) or row.reply_to_user in facts.following
