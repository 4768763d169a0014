//! Against a real ZooKeeper: what the console tells is true, and what it does is done.

mod actions;
mod agreement;
mod audit;
mod auth;
mod bad_input;
mod catalogue_curator;
mod catalogue_kazoo;
mod catalogue_queues;
mod churn;
mod contract;
mod deadlock;
mod declared;
mod demo;
mod findings;
mod hardening;
mod mirror;
mod oidc;
mod policy;
mod recognition;
mod reconnect;
mod routes;
mod sessions;
mod sight;
mod stage;
mod start;
