//! Against a real ZooKeeper: what the console tells is true, and what it does is done.

