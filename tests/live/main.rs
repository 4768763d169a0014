//! Against a real ZooKeeper: what the console tells is true, and what it does is done.

mod actions;
mod agreement;
mod bad_input;
mod churn;
mod contract;
mod demo;
mod mirror;
mod recognition;
mod reconnect;
mod sessions;
mod start;
