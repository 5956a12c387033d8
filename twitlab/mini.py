"""The simplest right Twitter: lists, sets and brute force.

This is the whole product in one file, and the judge of everything else: the tests and the referee play the same story
to ``Mini`` and to ``Twitter`` and compare. There is no cache, no queue and no index here; a home timeline is computed by
looking at every tweet there is. The invariant: when it is unclear what an answer must be, it is what this file says.
Real Twitter stopped working this way at about one million users.

>>> mini = Mini()
>>> mini.follow_user(1, 2), mini.post_tweet(2, 1001), mini.home(1)
(True, 1001, [1001])
>>> mini.unfollow_user(1, 2), mini.home(1)
(True, [])
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Post:
    """A tweet: ``reply_to_user`` is remembered because the tweet answered may be gone one day."""

    id: int
    author: int
    reply_to: int | None = None
    reply_to_user: int | None = None
    retweet_of: int | None = None
    quote_of: int | None = None


class Refused(Exception):
    """The act is not possible: unknown, deleted, out of sight, or senseless."""


class Mini:
    """Users are numbers and need no registration; the caller chooses tweet ids, larger ones later."""

    def __init__(self) -> None:
        self.posts: dict[int, Post] = {}
        self.follows: set[tuple[int, int]] = set()
        self.requests: set[tuple[int, int]] = set()
        self.blocks: set[tuple[int, int]] = set()
        self.mutes: set[tuple[int, int]] = set()
        self.likes: set[tuple[int, int]] = set()  # (user, tweet)
        self.protected: set[int] = set()

    # ---- who may see what ------------------------------------------------------------------------------------

    def sees_author(self, viewer: int | None, author: int) -> bool:
        if viewer == author:
            return True
        if (viewer, author) in self.blocks or (author, viewer) in self.blocks:
            return False
        return author not in self.protected or (viewer, author) in self.follows

    def sees(self, viewer: int | None, id: int | None) -> bool:
        """A retweet stands or falls also with its original."""
        post = self.posts.get(id) if id is not None else None
        if post is None or not self.sees_author(viewer, post.author):
            return False
        return post.retweet_of is None or self.sees(viewer, post.retweet_of)

    def on_home(self, viewer: int, post: Post) -> bool:
        if not self.sees(viewer, post.id) or (post.author != viewer and (viewer, post.author) not in self.follows):
            return False
        authors = {post.author} | ({self.posts[post.retweet_of].author} if post.retweet_of is not None else set())
        if any((viewer, author) in self.mutes for author in authors):
            return False
        if post.reply_to is None:
            return True
        return post.reply_to_user in (post.author, viewer) or (viewer, post.reply_to_user) in self.follows

    # ---- reading ---------------------------------------------------------------------------------------------

    def home(self, viewer: int, top: int | None = None) -> list[int]:
        """The home timeline, newest first; with ``top``, as if nothing newer existed."""
        shown: dict[int, int] = {}
        for id in sorted(self.posts, reverse=True):
            post = self.posts[id]
            if (top is None or id <= top) and self.on_home(viewer, post):
                shown.setdefault(id if post.retweet_of is None else post.retweet_of, id)
        return list(shown.values())

    def page(
        self, viewer: int, size: int, top: int | None = None, below: int | None = None, above: int = -1
    ) -> tuple[list[int], int | None, int | None]:
        """One page of a walk: (ids, top, below) for the next page; ``below`` is None at the end."""
        rest = [id for id in self.home(viewer, top) if (below is None or id < below) and id > above]
        ids, more = rest[:size], len(rest) > size
        return ids, (ids[0] if ids and top is None else top), (ids[-1] if more else None)

    def user_tweets(self, author: int, viewer: int | None) -> list[int]:
        return [id for id in sorted(self.posts, reverse=True) if self.posts[id].author == author and self.sees(viewer, id)]

    def counts(self, id: int) -> tuple[int, int, int, int]:
        """(likes, retweets, replies, quotes) of an original."""
        alive = self.posts.values()
        return (
            sum(liked == id for _, liked in self.likes),
            sum(post.retweet_of == id for post in alive),
            sum(post.reply_to == id for post in alive),
            sum(post.quote_of == id for post in alive),
        )

    # ---- posting ---------------------------------------------------------------------------------------------

    def target(self, user: int, id: int | None) -> int:
        """Acts need sight, and mean the original."""
        if id is None or not self.sees(user, id):
            raise Refused(f"{user} cannot see {id}")
        original = self.posts[id].retweet_of
        return id if original is None else original

    def post_tweet(self, user: int, id: int, reply_to: int | None = None, quote_of: int | None = None) -> int:
        parent = None if reply_to is None else self.target(user, reply_to)
        quoted = None if quote_of is None else self.target(user, quote_of)
        author = None if parent is None else self.posts[parent].author
        self.posts[id] = Post(id, user, reply_to=parent, reply_to_user=author, quote_of=quoted)
        return id

    def delete_tweet(self, user: int, id: int) -> bool:
        post = self.posts.get(id)
        if post is None or post.author != user:
            return False
        gone = {other.id for other in self.posts.values() if other.retweet_of == id} | {id}
        self.posts = {other: kept for other, kept in self.posts.items() if other not in gone}
        self.likes = {(liker, liked) for liker, liked in self.likes if liked not in gone}
        return True

    def like_tweet(self, user: int, id: int) -> bool:
        if (user, self.original(id)) in self.likes:
            return False
        self.likes.add((user, self.target(user, id)))
        return True

    def unlike_tweet(self, user: int, id: int) -> bool:
        found = (user, self.original(id)) in self.likes
        self.likes.discard((user, self.original(id)))
        return found

    def retweet(self, user: int, id: int, new_id: int) -> bool:
        if self.retweet_by(user, id) is not None:
            return False
        original = self.target(user, id)
        if self.posts[original].author in self.protected:
            raise Refused("a protected author's tweet cannot be retweeted")
        self.posts[new_id] = Post(new_id, user, retweet_of=original)
        return True

    def undo_retweet(self, user: int, id: int) -> bool:
        mine = self.retweet_by(user, id)
        return mine is not None and self.delete_tweet(user, mine)

    def retweet_by(self, user: int, id: int) -> int | None:
        wanted = self.original(id)
        return next((post.id for post in self.posts.values() if (post.author, post.retweet_of) == (user, wanted)), None)

    def original(self, id: int) -> int:
        """What a like, a reply or a retweet of ``id`` means."""
        post = self.posts.get(id)
        return id if post is None or post.retweet_of is None else post.retweet_of

    # ---- following -------------------------------------------------------------------------------------------

    def follow_user(self, user: int, other: int) -> bool:
        if user == other or (user, other) in self.blocks or (other, user) in self.blocks:
            raise Refused(f"{user} cannot follow {other}")
        if (user, other) in self.follows:
            return False
        (self.requests if other in self.protected else self.follows).add((user, other))
        return other not in self.protected

    def unfollow_user(self, user: int, other: int) -> bool:
        found = (user, other) in self.follows | self.requests
        self.follows.discard((user, other))
        self.requests.discard((user, other))
        return found

    def approve_follow(self, user: int, follower: int) -> bool:
        if (follower, user) not in self.requests:
            return False
        self.requests.discard((follower, user))
        self.follows.add((follower, user))
        return True

    def block_user(self, user: int, other: int) -> bool:
        new = (user, other) not in self.blocks
        self.blocks.add((user, other))
        for edges in (self.follows, self.requests):
            edges -= {(user, other), (other, user)}
        return new

    def protect(self, user: int, on: bool) -> None:
        """Protecting keeps the followers there are; unprotecting turns requests into follows."""
        (self.protected.add if on else self.protected.discard)(user)
        if not on:
            self.follows |= {edge for edge in self.requests if edge[1] == user}
            self.requests = {edge for edge in self.requests if edge[1] != user}
