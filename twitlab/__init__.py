"""twitlab: a Twitter you can open, take apart and measure.

A map of the building (imports only go down)::

    __main__   viz             the command line · pictures and widgets (optional)
    lab                        data sets, the referee, exercises, experiments
    app                        Twitter: builds everything, owns ROUTES
    loading                    data files in
    edge                       in front of the app (later): gateway, limits, load balancer, CDN
    services                   users follows tweets engagement fanout timelines search trending
    storage                    user_store follow_graph tweet_store engagement_store timeline_store
                               fanout_queue reader backends schema generation datafiles
    core                       clock snowflake config model visibility events bus text errors ...

``mini`` stands beside it all: the whole product in 200 lines of standard library, and the judge of the rest.

>>> from twitlab import Twitter
>>> with Twitter() as tw:
...     ana, ben = tw.users.register("ana"), tw.users.register("ben")
...     _ = tw.follows.follow_user(ana.user_id, ben.user_id)
...     _ = tw.tweets.post_tweet(ben.user_id, "hello, world")
...     [tweet.content for tweet in tw.timelines.get_timeline(ana.user_id).tweets]
['hello, world']
"""

from twitlab.app import ROUTES, Twitter
from twitlab.core.clock import ManualClock, SystemClock
from twitlab.core.config import Config
from twitlab.core.errors import TwitlabError
from twitlab.core.model import Page, Tweet, User

__version__ = "0.1.0"
__all__ = ["ROUTES", "Config", "ManualClock", "Page", "SystemClock", "Tweet", "TwitlabError", "Twitter", "User"]
