//! Against a real ZooKeeper: what the console tells is true, and what it does is done.

mod actions;
mod agreement;
mod audit;
mod bad_input;
mod catalogue_curator;
mod catalogue_kazoo;
mod catalogue_queues;
mod churn;
mod contract;
mod deadlock;
mod declared;
mod demo;
mod mirror;
mod recognition;
mod reconnect;
mod sessions;
mod stage;
mod start;
