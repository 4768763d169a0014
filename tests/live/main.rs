//! Against a real ZooKeeper: what the console tells is true, and what it does is done.

mod actions;
mod agreement;
mod bad_input;
mod catalogue_curator;
mod catalogue_kazoo;
mod catalogue_queues;
mod churn;
mod contract;
mod cure;
mod deadlock;
mod declared;
mod demo;
mod foretold;
mod mirror;
mod race;
mod recognition;
mod reconnect;
mod release_curator;
mod release_kazoo;
mod sessions;
mod stage;
mod start;
