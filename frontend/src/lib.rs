#![doc = include_str!("../README.md")]

pub mod bytes;
pub mod duration;
pub mod filter;
pub mod ladder;
pub mod outline;
pub mod route;
pub mod spark;
pub mod text;
pub mod window;

#[cfg(target_arch = "wasm32")]
mod browser;

#[cfg(target_arch = "wasm32")]
pub use browser::start;
