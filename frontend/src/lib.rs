#![doc = include_str!("../README.md")]
// The component macro makes the properties of a component public, whatever the component is.
#![cfg_attr(target_arch = "wasm32", allow(unreachable_pub))]

pub mod agent;
pub mod bytes;
pub mod calm;
pub mod duration;
pub mod elide;
pub mod filter;
pub mod graph;
pub mod health;
pub mod ladder;
pub mod moments;
pub mod order;
pub mod outline;
pub mod route;
pub mod spark;
pub mod text;
pub mod window;

// The browser half.
#[cfg(target_arch = "wasm32")]
mod address;
#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod bulk;
#[cfg(target_arch = "wasm32")]
mod keys;
#[cfg(target_arch = "wasm32")]
mod later;
#[cfg(target_arch = "wasm32")]
mod link;
#[cfg(target_arch = "wasm32")]
mod live;
#[cfg(target_arch = "wasm32")]
mod may;
#[cfg(target_arch = "wasm32")]
mod pages;
#[cfg(target_arch = "wasm32")]
mod prefs;
#[cfg(target_arch = "wasm32")]
mod review;
#[cfg(target_arch = "wasm32")]
mod time;
#[cfg(target_arch = "wasm32")]
mod ui;
#[cfg(target_arch = "wasm32")]
mod who;

#[cfg(target_arch = "wasm32")]
pub use app::start;
