//! In a real browser: what the console shows is true, and what is pressed is done.

use harness::scene::Shared;

mod addresses;
mod approvals;
mod audit;
mod bulk;
mod busy;
mod connection;
mod desk;
mod events;
mod foreign;
mod items;
mod keyboard;
mod ladder;
mod later;
mod locks;
mod looks;
mod markup;
mod overview;
mod people;
mod queues;
mod recipes;
mod release;
mod requeue;
mod secrets;
mod sessions;
mod sign_in;
mod tree;
mod waits;

/// For the tests that keep to a directory of their own, named as their file is.
static SCENE: Shared = Shared::new();
