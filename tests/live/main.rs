//! Against a real ZooKeeper: what the console tells is true, and what it does is done.

mod actions;
mod agreement;
mod bad_input;
mod bulk;
mod catalogue_curator;
mod catalogue_kazoo;
mod catalogue_queues;
mod churn;
mod contract;
mod crashes;
mod deadlock;
mod declared;
mod demo;
mod findings;
mod items;
mod mirror;
mod recognition;
mod reconnect;
mod sessions;
mod shelf;
mod stage;
mod start;
